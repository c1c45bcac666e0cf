package io.jigress.proxy.stream;

import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.telemetry.ClosedBy;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.UpstreamEndpoint;
import io.netty.buffer.ByteBuf;

/// Passes what an endpoint sends to a stream, and tells outlier detection how the endpoint does. Event loop only.
final class EndpointSink implements ResponseSink {
    private final StreamConnection stream;
    private final Loop loop;
    private final Upstream upstream;
    private final UpstreamEndpoint endpoint;

    EndpointSink(StreamConnection stream, Loop loop, Upstream upstream, UpstreamEndpoint endpoint) {
        this.stream = stream;
        this.loop = loop;
        this.upstream = upstream;
        this.endpoint = endpoint;
    }

    @Override
    public void switched(ResponseHead head) {
        // The stream knows already that the connection stands.
    }

    @Override
    public void body(ByteBuf data, boolean last) {
        if (data.isReadable() && stream.isUnanswered()) {
            upstream.answered(endpoint, loop, 0);
        }
        stream.fromEndpoint(data, last);
    }

    /// Before the endpoint has sent anything it is a failure of the endpoint.
    @Override
    public void failed(ProxyFailure failure) {
        if (stream.isEnded()) {
            return;
        }
        if (stream.isUnanswered()) {
            upstream.failed(endpoint, loop, failure);
        }
        stream.reset(ClosedBy.UPSTREAM, failure);
    }

    @Override
    public void writable() {
        stream.resumeClient();
    }

    @Override
    public void informational(ResponseHead head) {
        throw new IllegalStateException("a TCP connection has no heads");
    }

    @Override
    public void head(ResponseHead head, boolean last) {
        throw new IllegalStateException("a TCP connection has no heads");
    }

    @Override
    public void trailers(Headers trailers) {
        throw new IllegalStateException("a TCP connection has no trailers");
    }
}
