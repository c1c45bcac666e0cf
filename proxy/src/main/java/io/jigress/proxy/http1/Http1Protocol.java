package io.jigress.proxy.http1;

import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamProtocol;
import io.jigress.api.UpstreamSession;

/// HTTP/1.1 to upstreams: one call at a time on a connection, one after another.
public final class Http1Protocol implements UpstreamProtocol {
    private final HeadLimits limits;

    /// @param limits of response heads
    public Http1Protocol(HeadLimits limits) {
        this.limits = limits;
    }

    @Override
    public String name() {
        return "http1";
    }

    @Override
    public UpstreamSession session(UpstreamChannel channel) {
        return new Http1Session(channel, limits, channel instanceof HeadSource source ? source.heads() : new HeadPool());
    }
}
