package io.jigress.api.blocking;

/// A filter as straight code: it reads a message, may ask a database or an HTTP service, may change the message, and returns a decision.
///
/// Each call runs on a virtual thread of its own and may block; the exchange waits meanwhile, without a thread. One instance serves all requests
/// of a configuration, on many threads at once: it is the place for a connection pool. Only the methods that the class overrides are
/// called. A call that throws, or that has not returned at its deadline ([BlockingLimits#deadline]), is a failure of the filter; at the deadline, and
/// when the client has disconnected, its thread is interrupted.
public interface BlockingFilter {

    /// The request, before it is sent upstream.
    default BlockingDecision onRequest(BlockingRequest request) throws Exception {
        return BlockingDecision.CONTINUE;
    }

    /// The response, before it is sent to the client: of an upstream, or of another filter.
    ///
    /// @param request as [#onRequest] had it, with its attachment; it cannot be changed any more
    default BlockingDecision onResponse(BlockingRequest request, BlockingResponse response) throws Exception {
        return BlockingDecision.CONTINUE;
    }

    /// The configuration is no longer used, and no call is running, except those that did not end at their deadline. On a thread of its own;
    /// may block. Ends what the filter has started: pools, clients, threads, timers.
    default void close() throws Exception {}
}
