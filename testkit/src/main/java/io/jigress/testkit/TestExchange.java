package io.jigress.testkit;

import io.jigress.api.Body;
import io.jigress.api.ConnectionFacts;
import io.jigress.api.TlsFacts;
import io.jigress.api.BodyWriter;
import io.jigress.api.EndpointFacts;
import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.LocalReply;
import io.jigress.api.ProxyFailure;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// An exchange in memory that a test passes through a filter, message by message; made by [FilterTester#exchange].
public final class TestExchange implements Exchange {
    private static final InetAddress LOCAL = InetAddress.ofLiteral("192.0.2.254");

    private final FilterTester tester;
    private final TestRequestHead request;
    private final IdentityHashMap<ExchangeKey<?>, Object> values = new IdentityHashMap<>();
    private final long start;
    private @Nullable Response response;
    private final RecordedBody requestBody = new RecordedBody();
    private final RecordedBody responseBody = new RecordedBody();
    private @Nullable Waiting waiting;
    private @Nullable Part waitingPart;
    private @Nullable HeaderList waitingTrailers;
    private InetAddress client = InetAddress.ofLiteral("192.0.2.1");
    private InetAddress peer = client;
    private String route = "HTTPRoute default/test rule 0";
    private final Map<String, String> logFields = new LinkedHashMap<>();
    private int[] ports = {40_000, 80};
    private long[] bytes = {0, 0};
    private @Nullable TlsFacts tls;
    private @Nullable String cluster;
    private @Nullable InetSocketAddress upstream;
    private @Nullable ProxyFailure failure;
    private int rematches;
    private List<String> targets = List.of();
    private List<EndpointFacts> endpoints = List.of();
    private String override = "";

    TestExchange(FilterTester tester, String method, String target, HeaderList headers) {
        this.tester = tester;
        this.request = new TestRequestHead(method, target, headers);
        this.start = tester.services().nanoTime();
    }

    /// Sets the client's address, and the peer's (an IP literal).
    public TestExchange from(String ip) {
        client = InetAddress.ofLiteral(ip);
        peer = client;
        return this;
    }

    /// Sets the peer's address alone: a proxy between the client and the gateway.
    public TestExchange peer(String ip) {
        peer = InetAddress.ofLiteral(ip);
        return this;
    }

    public TestExchange route(String name) {
        route = name;
        return this;
    }

    /// Gives the filter the request's head.
    public FilterDecision requestHead() {
        return tester.filter().onRequestHead(this);
    }

    /// Gives the filter a part of the request's body.
    public BodyResult requestBody(String data, boolean last) {
        return body(data, last, part -> tester.filter().onRequestBody(this, part));
    }

    public FilterDecision requestTrailers(HeaderList trailers) {
        waitingTrailers = trailers;
        return tester.filter().onRequestTrailers(this, trailers);
    }

    /// Gives the filter the head of an upstream's response; `headers` are whole lines.
    public FilterDecision respond(int status, String... headers) {
        response = new Response(status, HeaderList.of(headers));
        return tester.filter().onResponseHead(this);
    }

    /// Gives the filter a local reply of this or another filter.
    public FilterDecision respond(LocalReply reply) {
        HeaderList headers = new HeaderList();
        for (Map.Entry<HeaderName, String> header : reply.headers()) {
            headers.add(header.getKey(), header.getValue());
        }
        response = new Response(reply.status(), headers);
        return tester.filter().onResponseHead(this);
    }

    /// Gives the filter a part of the response's body.
    public BodyResult responseBody(String data, boolean last) {
        return body(data, last, part -> tester.filter().onResponseBody(this, part));
    }

    /// Gives the filter the last part of a response's body that it holds together with the head, and the trailers behind it.
    public BodyResult heldResponseBody(byte[] data, HeaderList trailers) {
        Part part = new Part(Unpooled.copiedBuffer(data), true);
        part.trailers = trailers;
        return body(part, held -> tester.filter().onResponseBody(this, held));
    }

    public FilterDecision responseTrailers(HeaderList trailers) {
        waitingTrailers = trailers;
        return tester.filter().onResponseTrailers(this, trailers);
    }

    public void complete() {
        tester.filter().onComplete(this);
    }

    /// Gives the filter the request's head and expects that the filter replies to it.
    public LocalReply reply() {
        FilterDecision decision = requestHead();
        if (decision instanceof FilterDecision.Reply(LocalReply reply)) {
            return reply;
        }
        throw new AssertionError("expected a reply, got " + decision);
    }

    /// Waits until the filter resumes what it paused by [FilterDecision.Wait], and runs its continuation; deadlines are reached by
    /// [FilterTester#advance].
    public FilterDecision awaitResumed() {
        return awaitResumedBody().decision();
    }

    /// The same; returns what is passed on of the part of the body that waited, an empty text when no body waited.
    public BodyResult awaitResumedBody() {
        Waiting now = waiting;
        if (now == null) {
            throw new AssertionError("the filter has not called suspend");
        }
        // What was scripted: answers to calls, results of tasks.
        tester.services().advance(Duration.ZERO);
        Part part = waitingPart;
        HeaderList trailers = waitingTrailers;
        waitingPart = null;
        waitingTrailers = null;
        try {
            FilterDecision decision = now.settled.get(Wire.PATIENCE.toMillis(), TimeUnit.MILLISECONDS).resumed(this, part,
                    trailers);
            return new BodyResult(decision, part == null ? "" : part.data.toString(StandardCharsets.UTF_8));
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("the filter did not resume within " + Wire.PATIENCE, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for the filter", e);
        } finally {
            if (part != null) {
                part.data.release();
            }
        }
    }

    /// What the filter has written to the request's body, after it took that body over.
    public RecordedBody requestSent() {
        return requestBody;
    }

    /// What the filter has written to the response's body, after it took that body over.
    public RecordedBody responseSent() {
        return responseBody;
    }

    /// How often the filter asked for another route.
    public int rematches() {
        return rematches;
    }

    /// The request's headers as they are now.
    public HeaderList requestHeaders() {
        return request.headers();
    }

    /// The response's headers as they are now.
    public HeaderList responseHeaders() {
        if (response == null) {
            throw new AssertionError("there is no response yet");
        }
        return response.headers;
    }

    /// What became of a part of a body.
    ///
    /// @param data what is passed on
    public record BodyResult(FilterDecision decision, String data) {}

    @Override
    public RequestHead request() {
        return request;
    }

    @Override
    public @Nullable ResponseHead response() {
        return response;
    }

    @Override
    public InetAddress clientAddress() {
        return client;
    }

    @Override
    public InetAddress peerAddress() {
        return peer;
    }

    @Override
    public String id() {
        return "00000000-0000-0000-0000-000000000001";
    }

    @Override
    public String routeName() {
        return route;
    }

    @Override
    public long elapsedNanos() {
        return tester.services().nanoTime() - start;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> @Nullable T get(ExchangeKey<T> key) {
        return (T) values.get(key);
    }

    @Override
    public <T> void put(ExchangeKey<T> key, T value) {
        if (values.put(key, value) == null && values.size() > MOST_KEYS) {
            throw new IllegalStateException("more than " + MOST_KEYS + " keys: " + values.keySet());
        }
    }

    @Override
    public Resumption suspend(Duration deadline, FilterDecision onDeadline) {
        CompletableFuture<Resumption.Continuation> chosen = new CompletableFuture<>();
        Services.Cancellable timer = tester.services().schedule(deadline, () -> chosen.complete((_, _, _) -> onDeadline));
        Waiting next = new Waiting(chosen, chosen.whenComplete((_, _) -> timer.cancel()));
        waiting = next;
        return next;
    }

    @Override
    public BodyWriter takeRequestBody() {
        return requestBody;
    }

    @Override
    public BodyWriter takeResponseBody() {
        return responseBody;
    }

    @Override
    public void rematch() {
        rematches++;
    }

    /// Sets the ports of both ends of the connection.
    public TestExchange ports(int peerPort, int localPort) {
        ports = new int[] {peerPort, localPort};
        return this;
    }

    /// Sets what the TLS handshake of the connection has established.
    public TestExchange tls(TlsFacts facts) {
        tls = facts;
        return this;
    }

    /// Sets how many bytes of the request were received and of the response sent.
    public TestExchange bytes(long received, long sent) {
        bytes = new long[] {received, sent};
        return this;
    }

    /// Sets where the request was sent to: a cluster, and the address of its endpoint (an IP literal).
    public TestExchange upstream(String name, String ip, int port) {
        cluster = name;
        upstream = new InetSocketAddress(InetAddress.ofLiteral(ip), port);
        return this;
    }

    /// Sets why the request has failed.
    public TestExchange failed(ProxyFailure why) {
        failure = why;
        return this;
    }

    /// What the filter has added to the access log, in order.
    public Map<String, String> logFields() {
        return Collections.unmodifiableMap(logFields);
    }

    @Override
    public ConnectionFacts connection() {
        return new Connection(1, new InetSocketAddress(peer, ports[0]), new InetSocketAddress(LOCAL, ports[1]), tls);
    }

    @Override
    public String protocol() {
        return "HTTP/1.1";
    }

    @Override
    public Instant startTime() {
        return tester.services().now().minusNanos(elapsedNanos());
    }

    @Override
    public long bytesReceived() {
        return bytes[0];
    }

    @Override
    public long bytesSent() {
        return bytes[1];
    }

    /// Sets the clusters that the route forwards to.
    public TestExchange targets(String... clusters) {
        targets = List.of(clusters);
        return this;
    }

    @Override
    public List<String> targetClusters() {
        return targets;
    }

    @Override
    public @Nullable String clusterName() {
        return cluster;
    }

    /// Sets the endpoints of the cluster.
    public TestExchange endpoints(EndpointFacts... facts) {
        endpoints = List.of(facts);
        return this;
    }

    @Override
    public List<EndpointFacts> endpoints() {
        return endpoints;
    }

    /// The endpoint that the filter has chosen, and whether the request fails without it (`10.0.0.1:80 strict`); empty when it has chosen none.
    public String overriddenEndpoint() {
        return override;
    }

    @Override
    public boolean overrideEndpoint(InetSocketAddress address, boolean strict) {
        if (upstream != null) {
            return false;
        }
        override = address.getAddress().getHostAddress() + ":" + address.getPort() + (strict ? " strict" : "");
        return true;
    }

    @Override
    public @Nullable InetSocketAddress upstreamAddress() {
        return upstream;
    }

    @Override
    public int attempts() {
        return upstream == null ? 0 : 1;
    }

    @Override
    public @Nullable ProxyFailure failure() {
        return failure;
    }

    @Override
    public @Nullable String reason() {
        return failure == null ? null : failure.detail();
    }

    @Override
    public boolean logField(String name, String value) {
        if (!name.matches("[a-z0-9_.]{1,64}")) {
            throw new IllegalArgumentException("log field: \"" + name + "\" (expected: a-z, 0-9, _ and ., at most 64)");
        }
        if (logFields.size() == 16 && !logFields.containsKey(name)) {
            return false;
        }
        logFields.put(name, value);
        return true;
    }

    private record Connection(long id, InetSocketAddress peer, InetSocketAddress local,
            @Nullable TlsFacts tls) implements ConnectionFacts {}

    private interface BodyCallback {
        FilterDecision call(Body body);
    }

    private BodyResult body(String data, boolean last, BodyCallback callback) {
        return body(new Part(Unpooled.copiedBuffer(data, StandardCharsets.UTF_8), last), callback);
    }

    private BodyResult body(Part part, BodyCallback callback) {
        FilterDecision decision = callback.call(part);
        if (decision instanceof FilterDecision.Wait) {
            waitingPart = part;
            return new BodyResult(decision, "");
        }
        try {
            return new BodyResult(decision, part.data.toString(StandardCharsets.UTF_8));
        } finally {
            part.data.release();
        }
    }

    /// @param settled the continuation, set once the timer is cancelled too
    private record Waiting(CompletableFuture<Resumption.Continuation> chosen,
            CompletableFuture<Resumption.Continuation> settled) implements Resumption {
        @Override
        public boolean resume(FilterDecision decision) {
            return resume((_, _, _) -> decision);
        }

        @Override
        public boolean resume(Continuation continuation) {
            return chosen.complete(continuation);
        }
    }

    private static final class Part implements Body {
        private final boolean last;
        private ByteBuf data;
        private @Nullable HeaderList trailers;

        Part(ByteBuf data, boolean last) {
            this.data = data;
            this.last = last;
        }

        @Override
        public ByteBuf data() {
            return data;
        }

        @Override
        public boolean last() {
            return last;
        }

        @Override
        public @Nullable HeaderList trailers() {
            return trailers;
        }

        @Override
        public void replace(ByteBuf next) {
            data.release();
            data = next;
        }
    }

    private static final class Response implements ResponseHead {
        private final HeaderList headers;
        private int status;

        Response(int status, HeaderList headers) {
            this.status = status;
            this.headers = headers;
        }

        @Override
        public int status() {
            return status;
        }

        @Override
        public HeaderList headers() {
            return headers;
        }

        @Override
        public long contentLength() {
            String length = headers.first(HeaderName.CONTENT_LENGTH);
            return length == null ? -1 : Long.parseLong(length);
        }

        @Override
        public void status(int next) {
            status = next;
        }
    }
}
