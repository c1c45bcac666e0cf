package io.jigress.sentinel.engine;

/// One rule of one resource, with its state. Shared by all event loops.
abstract class Check {
    static final long PASS = 0;
    static final long REFUSED = -1;

    /// Decides on a request. A token or a place in a queue that it takes is not returned.
    ///
    /// @param index its index among the checks of the guard, for [Pass#keep]
    /// @return [#PASS], [#REFUSED], or the nanoseconds that the request has to wait
    abstract long enter(Pass pass, int index);

    /// All checks of the resource have passed.
    void admitted(Pass pass, int index) {}

    /// The request has ended.
    ///
    /// @param refused whether a rule of another resource refused it
    void left(Pass pass, int index, boolean refused) {}

    /// No table contains the rule any more.
    void close() {}
}
