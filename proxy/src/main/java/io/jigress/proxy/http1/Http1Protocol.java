package io.jigress.proxy.http1;

import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamProtocol;
import io.jigress.api.UpstreamSession;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.upstream.LoopChannel;

/// HTTP/1.1 to upstreams: one call at a time on a connection, one after another.
public final class Http1Protocol implements UpstreamProtocol {
    private final HeadLimits limits;
    private final HeadPools heads;

    /// @param limits of response heads
    public Http1Protocol(HeadLimits limits, HeadPools heads) {
        this.limits = limits;
        this.heads = heads;
    }

    @Override
    public String name() {
        return "http1";
    }

    @Override
    public String alpn() {
        return "http/1.1";
    }

    @Override
    public UpstreamSession session(UpstreamChannel channel) {
        return new Http1Session(channel, limits, channel instanceof LoopChannel known ? heads.of(known.loop()) : new HeadPool());
    }
}
