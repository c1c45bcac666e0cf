package io.jigress.proxy.datagram;

import io.jigress.api.RequestHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamProtocol;
import io.jigress.api.UpstreamSession;
import io.netty.buffer.ByteBuf;

/// Names the clusters whose endpoints get datagrams. Their sockets are those of [UdpSession]; a connection for a call takes none.
public final class UdpProtocol implements UpstreamProtocol {
    public static final String NAME = "udp";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public UpstreamSession session(UpstreamChannel channel) {
        return new NoCalls();
    }

    private static final class NoCalls implements UpstreamSession {
        @Override
        public int concurrency() {
            return 0;
        }

        @Override
        public int active() {
            return 0;
        }

        @Override
        public UpstreamCall open(RequestHead head, boolean last, ResponseSink sink) {
            throw new IllegalStateException("a connection to a cluster of UDP takes no calls");
        }

        @Override
        public void read(ByteBuf bytes) {}

        @Override
        public void closed(String cause) {}
    }
}
