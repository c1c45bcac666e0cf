package io.jigress.proxy.http2;

import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamProtocol;
import io.jigress.api.UpstreamSession;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.upstream.LoopChannel;

/// HTTP/2 to upstreams, with prior knowledge or chosen in a TLS handshake: many calls at once on a connection.
public final class Http2Protocol implements UpstreamProtocol {
    private final HeadLimits heads;
    private final Http2Pools pools;

    /// @param heads limits of response heads
    public Http2Protocol(HeadLimits heads, Http2Pools pools) {
        this.heads = heads;
        this.pools = pools;
    }

    @Override
    public String name() {
        return "h2c";
    }

    @Override
    public String alpn() {
        return "h2";
    }

    @Override
    public UpstreamSession session(UpstreamChannel channel) {
        Http2Pool pool = channel instanceof LoopChannel known ? pools.of(known.loop()) : new Http2Pool();
        return new Http2Session(channel, heads, pool, Http2Limits.DEFAULT);
    }
}
