package io.jigress.proxy.exchange;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.jigress.api.ConnectionFacts;
import io.jigress.api.BodyWriter;
import io.jigress.api.EndpointFacts;
import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterDecision;
import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.api.Resumption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An exchange as filters see it. Exchanges and heads are reused; a view is made for one request that has filters and ends with it,
/// so that a call that comes too late throws and never touches another request.
final class ExchangeView implements Exchange {
    private final ExchangeHandler exchange;
    private final RequestView request;
    private @Nullable ResponseHead seen;
    private @Nullable ResponseView response;
    private boolean over;

    ExchangeView(ExchangeHandler exchange) {
        this.exchange = exchange;
        this.request = new RequestView(exchange.request());
    }

    /// From now on every method throws.
    void end() {
        over = true;
        seen = null;
    }

    ExchangeHandler live() {
        if (over) {
            throw new IllegalStateException("the exchange is over");
        }
        return exchange;
    }

    /// Trailers that cannot be used after the exchange.
    Headers trailers(Headers trailers) {
        return new HeadersView(this, trailers);
    }

    @Override
    public RequestHead request() {
        live();
        return request;
    }

    @Override
    public @Nullable ResponseHead response() {
        ResponseHead now = live().response.head();
        if (now != seen) {
            seen = now;
            response = now == null ? null : new ResponseView(now);
        }
        return response;
    }

    @Override
    public InetAddress clientAddress() {
        return live().identity.address();
    }

    @Override
    public InetAddress peerAddress() {
        return live().identity.peer().address;
    }

    @Override
    public String id() {
        return live().id();
    }

    @Override
    public String routeName() {
        return live().routeName();
    }

    @Override
    public long elapsedNanos() {
        return live().elapsedNanos();
    }

    @Override
    public <T> @Nullable T get(ExchangeKey<T> key) {
        return live().filters.attributes().get(key);
    }

    @Override
    public <T> void put(ExchangeKey<T> key, T value) {
        live().filters.attributes().put(key, value);
    }

    @Override
    public Resumption suspend(Duration deadline, FilterDecision onDeadline) {
        return live().filters.suspend(deadline, onDeadline);
    }

    @Override
    public BodyWriter takeRequestBody() {
        ExchangeHandler now = live();
        return now.filters.takeBody(now.request.pass);
    }

    @Override
    public BodyWriter takeResponseBody() {
        ExchangeHandler now = live();
        return now.filters.takeBody(now.response.pass);
    }

    @Override
    public void rematch() {
        live().rematch();
    }

    @Override
    public ConnectionFacts connection() {
        return live().identity.peer();
    }

    @Override
    public String protocol() {
        return live().record.protocol();
    }

    @Override
    public Instant startTime() {
        ExchangeHandler on = live();
        // The wall clock was not asked then: only the access log needs it for each request.
        return Instant.ofEpochMilli(on.context.epochMillis.getAsLong() - NANOSECONDS.toMillis(on.elapsedNanos()));
    }

    @Override
    public long bytesReceived() {
        return live().client().bytesReceived();
    }

    @Override
    public long bytesSent() {
        return live().client().bytesSent();
    }

    @Override
    public List<String> targetClusters() {
        return live().choice.targetClusters();
    }

    @Override
    public @Nullable String clusterName() {
        ExchangeHandler now = live();
        String name = now.record.cluster();
        return name.isEmpty() ? now.choice.clusterOrigin() : name;
    }

    @Override
    public List<EndpointFacts> endpoints() {
        return live().choice.endpoints();
    }

    @Override
    public boolean overrideEndpoint(InetSocketAddress address, boolean strict) {
        ExchangeHandler now = live();
        return now.record.cluster().isEmpty() && now.choice.override(address, strict);
    }

    @Override
    public @Nullable InetSocketAddress upstreamAddress() {
        String endpoint = live().record.endpoint();
        int colon = endpoint.lastIndexOf(':');
        if (colon < 0) {
            return null;
        }
        String host = endpoint.startsWith("[") ? endpoint.substring(1, colon - 1) : endpoint.substring(0, colon);
        return new InetSocketAddress(InetAddress.ofLiteral(host), Integer.parseInt(endpoint.substring(colon + 1)));
    }

    @Override
    public int attempts() {
        return live().record.attempts();
    }

    @Override
    public @Nullable ProxyFailure failure() {
        return live().record.failure();
    }

    @Override
    public @Nullable String reason() {
        return live().record.reason();
    }

    @Override
    public boolean logField(String name, String value) {
        return live().record.field(name, value);
    }

    private final class RequestView implements RequestHead {
        private final RequestHead head;
        private final HeadersView headers;

        RequestView(RequestHead head) {
            this.head = head;
            this.headers = new HeadersView(ExchangeView.this, head.headers());
        }

        private RequestHead head() {
            live();
            return head;
        }

        @Override
        public String method() {
            return head().method();
        }

        @Override
        public String target() {
            return head().target();
        }

        @Override
        public String rawTarget() {
            return head().rawTarget();
        }

        @Override
        public String path() {
            return head().path();
        }

        @Override
        public String query() {
            return head().query();
        }

        @Override
        public String authority() {
            return head().authority();
        }

        @Override
        public String scheme() {
            return head().scheme();
        }

        @Override
        public Headers headers() {
            live();
            return headers;
        }

        @Override
        public long contentLength() {
            return head().contentLength();
        }

        @Override
        public void target(String target) {
            head().target(target);
        }

        @Override
        public void authority(String authority) {
            head().authority(authority);
        }

        @Override
        public void method(String method) {
            head().method(method);
        }
    }

    private final class ResponseView implements ResponseHead {
        private final ResponseHead head;
        private final HeadersView headers;

        ResponseView(ResponseHead head) {
            this.head = head;
            this.headers = new HeadersView(ExchangeView.this, head.headers());
        }

        private ResponseHead head() {
            live();
            return head;
        }

        @Override
        public int status() {
            return head().status();
        }

        @Override
        public Headers headers() {
            live();
            return headers;
        }

        @Override
        public long contentLength() {
            return head().contentLength();
        }

        @Override
        public void status(int status) {
            head().status(status);
        }
    }
}
