package io.jigress.dubbo;

import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamProtocol;
import io.jigress.api.UpstreamSession;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.List;

/// HTTP/2 whose requests the test answers itself.
final class ScriptedHttp2 implements UpstreamProtocol {
    private final List<Request> requests = new ArrayList<>();
    private int concurrency = 100;

    /// A request as it was sent, and where its response goes.
    static final class Request implements UpstreamCall {
        final RequestHead head;
        final ResponseSink sink;
        byte[] body = {};
        boolean cancelled;

        Request(RequestHead head, ResponseSink sink) {
            this.head = head;
            this.sink = sink;
        }

        @Override
        public void body(ByteBuf data, boolean last) {
            body = ByteBufUtil.getBytes(data);
            data.release();
        }

        @Override
        public void trailers(Headers trailers) {
            throw new AssertionError("a Triple call has no trailers");
        }

        @Override
        public boolean writable() {
            return true;
        }

        @Override
        public void reading(boolean on) {}

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    Request last() {
        return requests.getLast();
    }

    int sent() {
        return requests.size();
    }

    void concurrency(int streams) {
        concurrency = streams;
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
        return new UpstreamSession() {
            @Override
            public int concurrency() {
                return concurrency;
            }

            @Override
            public int active() {
                return 0;
            }

            @Override
            public UpstreamCall open(RequestHead head, boolean last, ResponseSink sink) {
                Request request = new Request(head, sink);
                requests.add(request);
                return request;
            }

            @Override
            public void read(ByteBuf bytes) {}

            @Override
            public void closed(String cause) {
                requests.stream().filter(request -> !request.cancelled)
                        .forEach(request -> request.sink
                                .failed(new ProxyFailure(Kind.UPSTREAM_RESET, Origin.UPSTREAM, true, "connection_lost")));
            }
        };
    }
}
