package io.jigress.api;

import org.jspecify.annotations.Nullable;

/// Resumes an exchange that waits. The first call counts; later ones, and those after the deadline or the end of
/// the exchange, are ignored. For any thread.
public interface Resumption {

    /// Goes on with this decision, on the exchange's event loop. [FilterDecision.Wait] is not allowed here.
    ///
    /// @return false when it came too late
    boolean resume(FilterDecision decision);

    /// Goes on with what the continuation decides, on the exchange's event loop.
    ///
    /// @return false when it came too late; the continuation is not run then
    boolean resume(Continuation continuation);

    /// What a filter does when the result that it waited for has arrived. Runs once, on the exchange's event loop; an exception is handled
    /// as one of the callback that waited.
    @FunctionalInterface
    interface Continuation {

        /// Edits what waited and decides, as the callback that returned [FilterDecision.Wait] would. It may wait again, by
        /// [Exchange#suspend].
        ///
        /// @param exchange whose heads may be changed if they have not been sent
        /// @param body the part that waited, or all that is held; null when the head or the trailers waited, or no body has come yet
        /// @param trailers the trailers that waited, else null
        FilterDecision resumed(Exchange exchange, @Nullable Body body, @Nullable Headers trailers);
    }
}
