package io.jigress.plugins.lua;

import io.jigress.api.Services;
import io.jigress.plugins.lua.vm.LuaThread;
import io.jigress.plugins.lua.vm.Root;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A run of the script that may wait: for a request, a response, or a timer.
abstract class Activity extends Root {

    /// What a suspended run waits for.
    enum Wait {
        NONE,
        /// The result of a call, or the end of a sleep: [#answer] brings it.
        RESULT, BODY, CHUNK, TRAILERS,
        /// Nothing: the run has ended early, by a reply or by ngx.exit.
        END
    }

    @Nullable LuaThread run;
    Wait wait = Wait.NONE;
    Services.@Nullable Cancellable pending;

    /// Continues the run with the results of the function that waits.
    ///
    /// @param values are made when the run goes on, since they are charged to it
    void answer(Supplier<Object[]> values) {
        pending = null;
        if (wait == Wait.RESULT && run != null) {
            wait = Wait.NONE;
            goOn(values);
        }
    }

    abstract void goOn(Supplier<Object[]> values);

    /// The request or response that the run is for; null for a timer.
    abstract @Nullable LuaExchange exchange();

    void cancel() {
        if (pending != null) {
            pending.cancel();
            pending = null;
        }
        run = null;
        wait = Wait.NONE;
    }
}
