package io.jigress.plugins.jar;

import io.jigress.api.BodyWriter;
import io.jigress.api.ConnectionFacts;
import io.jigress.api.EndpointFacts;
import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterDecision;
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

/// An exchange as a plugin sees it: usable on its event loop only, and with resumptions behind the guard.
///
/// @param exchange checks by itself that it is not used after its end
record JarExchange(JarFilter filter, Exchange exchange) implements Exchange {

    private Exchange checked() {
        if (!filter.isOnLoop()) {
            filter.misused("an exchange was used on thread " + Thread.currentThread().getName() + "; this has no effect");
            throw new IllegalStateException("an exchange is for its event loop only (expected: Resumption.resume)");
        }
        return exchange;
    }

    @Override
    public Resumption suspend(Duration deadline, FilterDecision onDeadline) {
        return filter.suspend(checked(), deadline, onDeadline);
    }

    @Override
    public RequestHead request() {
        return checked().request();
    }

    @Override
    public @Nullable ResponseHead response() {
        return checked().response();
    }

    @Override
    public InetAddress clientAddress() {
        return checked().clientAddress();
    }

    @Override
    public InetAddress peerAddress() {
        return checked().peerAddress();
    }

    @Override
    public String id() {
        return checked().id();
    }

    @Override
    public String routeName() {
        return checked().routeName();
    }

    @Override
    public long elapsedNanos() {
        return checked().elapsedNanos();
    }

    @Override
    public <T> @Nullable T get(ExchangeKey<T> key) {
        return checked().get(key);
    }

    @Override
    public <T> void put(ExchangeKey<T> key, T value) {
        checked().put(key, value);
    }

    @Override
    public BodyWriter takeRequestBody() {
        BodyWriter writer = checked().takeRequestBody();
        filter.tookBody(exchange);
        return writer;
    }

    @Override
    public BodyWriter takeResponseBody() {
        BodyWriter writer = checked().takeResponseBody();
        filter.tookBody(exchange);
        return writer;
    }

    @Override
    public void rematch() {
        checked().rematch();
    }

    @Override
    public ConnectionFacts connection() {
        return checked().connection();
    }

    @Override
    public String protocol() {
        return checked().protocol();
    }

    @Override
    public Instant startTime() {
        return checked().startTime();
    }

    @Override
    public long bytesReceived() {
        return checked().bytesReceived();
    }

    @Override
    public long bytesSent() {
        return checked().bytesSent();
    }

    @Override
    public List<String> targetClusters() {
        return checked().targetClusters();
    }

    @Override
    public @Nullable String clusterName() {
        return checked().clusterName();
    }

    @Override
    public List<EndpointFacts> endpoints() {
        return checked().endpoints();
    }

    @Override
    public boolean overrideEndpoint(InetSocketAddress address, boolean strict) {
        return checked().overrideEndpoint(address, strict);
    }

    @Override
    public @Nullable InetSocketAddress upstreamAddress() {
        return checked().upstreamAddress();
    }

    @Override
    public int attempts() {
        return checked().attempts();
    }

    @Override
    public @Nullable ProxyFailure failure() {
        return checked().failure();
    }

    @Override
    public @Nullable String reason() {
        return checked().reason();
    }

    @Override
    public boolean logField(String name, String value) {
        return checked().logField(name, value);
    }
}
