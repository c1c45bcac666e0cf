package io.jigress.proxy.stream;

import io.jigress.api.CallRequest;
import io.jigress.api.RequestHead;
import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamProtocol;
import io.jigress.api.UpstreamSession;

/// No protocol: a connection carries one call, and its bytes as they are.
public final class TcpProtocol implements UpstreamProtocol {
    public static final String NAME = "tcp";

    /// The head of a call by a filter. When it is cancelled, what was queued is sent, and the connection is closed. Calls with other heads than those here are
    /// refused: they are HTTP requests.
    public static final RequestHead CHANNEL = CallRequest.of("CONNECT", NAME, "*");
    /// The head of a call for a client's connection. When it is cancelled before the client's direction has ended, the connection is reset.
    static final RequestHead STREAM = CallRequest.of("CONNECT", NAME, "*");

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public UpstreamSession session(UpstreamChannel channel) {
        return new TcpSession(channel);
    }
}
