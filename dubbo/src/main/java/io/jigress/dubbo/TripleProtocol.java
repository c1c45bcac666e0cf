package io.jigress.dubbo;

import io.jigress.api.JsonReader;
import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamProtocol;
import io.jigress.api.UpstreamSession;

/// The upstream protocol Triple of Dubbo 3: calls in HTTP/2 requests, as gRPC with wrapped Hessian values or as JSON. It is configured as Dubbo 2
/// is; heartbeats are those of HTTP/2.
///
/// @param http2 the protocol below
public record TripleProtocol(UpstreamProtocol http2, DubboProtocol settings) implements UpstreamProtocol {

    /// The protocol with its default settings, for a gateway.
    public static TripleProtocol of(UpstreamProtocol http2, DubboServices services) {
        return new TripleProtocol(http2, DubboProtocol.of(services));
    }

    @Override
    public String name() {
        return "tri";
    }

    @Override
    public String alpn() {
        return http2.alpn();
    }

    @Override
    public TripleProtocol configured(JsonReader config) {
        return new TripleProtocol(http2, settings.configured(config));
    }

    @Override
    public UpstreamSession session(UpstreamChannel channel) {
        return new TripleSession(this, channel);
    }
}
