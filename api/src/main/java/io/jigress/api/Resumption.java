package io.jigress.api;

/// The way back into an exchange that waits. The first call counts; later ones, and those after the deadline or the end of
/// the exchange, are ignored. For any thread.
public interface Resumption {

    /// Goes on with this decision, on the exchange's event loop. [FilterDecision.Wait] is not allowed here.
    ///
    /// @return false when it came too late
    boolean resume(FilterDecision decision);
}
