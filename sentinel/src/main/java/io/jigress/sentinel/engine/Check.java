package io.jigress.sentinel.engine;

/// One rule of one resource, with its state. Shared by all event loops.
abstract class Check {
    static final long PASS = 0;
    static final long REFUSED = -1;

    /// Decides on a request. What it takes (a place in a queue, a token) is not given back.
    ///
    /// @param index its place among the checks of the guard, for [Pass#keep]
    /// @return [#PASS], [#REFUSED], or the nanoseconds after which the request may go on
    abstract long enter(Pass pass, int index);

    /// All checks of the resource have let the request pass.
    void admitted(Pass pass, int index) {}

    /// The request has ended.
    ///
    /// @param refused whether a rule of another resource refused it
    void left(Pass pass, int index, boolean refused) {}

    /// No table has the rule any more.
    void close() {}
}
