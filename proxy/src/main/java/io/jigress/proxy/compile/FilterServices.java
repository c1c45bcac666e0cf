package io.jigress.proxy.compile;

import io.jigress.api.Services;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.upstream.Upstream;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Makes what filter instances get besides messages. Calls of filters need packages above this one, so it is given to the compiler.
@FunctionalInterface
public interface FilterServices {
    /// For a compiler that serves no traffic and so makes no instances.
    FilterServices NONE = (_, filter, _) -> {
        throw new IllegalStateException("filter " + filter + " cannot be made here");
    };

    /// For one instance; on the loop.
    ///
    /// @param filter the kind of filter
    /// @param clusters by name, as they are now; null stands for one that does not exist. For any thread
    OfInstance create(Loop loop, String filter, Function<String, @Nullable Upstream> clusters);

    /// The services of one filter instance.
    interface OfInstance extends Services {
        /// Where the texts of [Services#problem] and [Services#outdated] go. Called once, before the instance is made.
        default void tellProblems(Consumer<@Nullable String> problems, Consumer<@Nullable String> outdated) {}

        /// Ends all that the instance has under way; it hears of nothing more. On the loop.
        void close();
    }
}
