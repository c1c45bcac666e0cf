package io.jigress.testkit;

/// What a [TestUpstream] does with a request. Runs on the connection's own thread; it may block.
@FunctionalInterface
public interface UpstreamHandler {

    /// Called when the request's head has arrived. When it returns, what is left of the request is read, and the connection waits
    /// for the next one unless the call closed it. An exception is kept in [TestUpstream#faults] and closes the connection.
    void handle(ServerCall call) throws Exception;
}
