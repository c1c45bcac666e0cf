package io.jigress.proxy.telemetry;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/// One change of configuration in a JFR recording: `begin()` before the work, [#done] after it.
@Name("io.jigress.Apply")
@Label("Apply")
@Category("Jigress")
@Description("A configuration made live")
@StackTrace(false)
public final class ApplyEvent extends Event {
    @Label("Revision") long revision;
    @Label("Changed Routes") int changedRoutes;
    @Label("Compile Time")
    @Timespan(Timespan.NANOSECONDS) long compileNanos;
    @Label("Swap Time")
    @Timespan(Timespan.NANOSECONDS) long swapNanos;

    /// Ends and commits the event.
    ///
    /// @param compileNanos making the new runtime
    /// @param swapNanos until every event loop used it
    public void done(long revision, int changedRoutes, long compileNanos, long swapNanos) {
        end();
        if (shouldCommit()) {
            this.revision = revision;
            this.changedRoutes = changedRoutes;
            this.compileNanos = compileNanos;
            this.swapNanos = swapNanos;
            commit();
        }
    }
}
