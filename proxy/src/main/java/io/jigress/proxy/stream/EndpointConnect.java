package io.jigress.proxy.stream;

import io.jigress.api.ConnectionFacts;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.UpstreamSession;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.exchange.Failures;
import io.jigress.proxy.loop.Timeout;
import io.jigress.proxy.upstream.ConnectionPools;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.UpstreamEndpoint;
import org.jspecify.annotations.Nullable;

/// Makes the connection to an endpoint for one stream: when a connect fails, another endpoint is tried. Nothing has been sent then. Its timeout is for an
/// endpoint that has as many connections as it may have. Event loop only.
final class EndpointConnect extends Timeout implements ConnectionPools.Waiter {
    private static final ProxyFailure NO_PLACE = new ProxyFailure(Kind.OVERLOADED, Origin.GATEWAY, false,
            "too_many_connections");

    private final StreamContext context;
    private final StreamConnection stream;
    private final CompiledRoute.Target target;
    private final Upstream upstream;
    private final int most;
    private @Nullable UpstreamEndpoint endpoint;
    private int attempts;

    /// @param most how many attempts there may be
    EndpointConnect(StreamContext context, StreamConnection stream, CompiledRoute.Target target, Upstream upstream, int most) {
        this.context = context;
        this.stream = stream;
        this.target = target;
        this.upstream = upstream;
        this.most = most;
    }

    /// May tell the stream of the outcome before it returns.
    void begin() {
        UpstreamEndpoint before = endpoint;
        UpstreamEndpoint picked = before == null || attempts < 2
                ? upstream.pick(context.loop(), before)
                : upstream.pickFurther(context.loop(), before);
        if (picked == null) {
            stream.failed(Failures.NO_ENDPOINTS);
            return;
        }
        endpoint = picked;
        attempts++;
        target.stats(context.loop()).attempt(attempts > 1);
        // As long for a place as for the connect, which the pool ends by itself.
        context.loop().timers().set(this,
                context.loop().nanoTime() + 2 * upstream.cluster().connections().connectTimeout().toNanos());
        context.pools().acquire(upstream, picked, true, this);
    }

    Upstream upstream() {
        return upstream;
    }

    /// That of the last attempt.
    @Nullable UpstreamEndpoint endpoint() {
        return endpoint;
    }

    int attempts() {
        return attempts;
    }

    void cancel() {
        over();
        context.pools().cancel(this);
    }

    private void over() {
        context.loop().timers().remove(this);
    }

    @Override
    protected void expired() {
        context.pools().cancel(this);
        failed(NO_PLACE);
    }

    @Override
    public ConnectionFacts client() {
        return stream.client();
    }

    @Override
    public void acquired(UpstreamSession session, boolean reused) {
        over();
        stream.connected(session);
    }

    @Override
    public void failed(ProxyFailure failure) {
        over();
        target.stats(context.loop()).failure(failure.kind());
        boolean unreachable = failure.kind() == Kind.CONNECT_FAILED || failure.kind() == Kind.CONNECT_TIMEOUT;
        if (unreachable && attempts < most) {
            begin();
        } else {
            stream.failed(failure);
        }
    }
}
