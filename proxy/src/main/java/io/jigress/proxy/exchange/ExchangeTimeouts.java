package io.jigress.proxy.exchange;

import io.jigress.api.ProxyFailure;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.http.ReceivedRequest;

/// Handles the timeouts of an exchange: determines which side caused one, and whether a client that has ended its sending direction
/// (half-close) still waits for the response. Event loop only.
final class ExchangeTimeouts implements Deadlines.Expiry {
    /// After this pause of a response, a client that has half-closed its connection after the response's head is taken for gone.
    private static final long DOUBT_NANOS = 1_000_000_000L;

    final Deadlines deadlines;
    private final ExchangeHandler exchange;

    /// The client has ended its direction after its request, and waits for the response or has left.
    private boolean clientEnded;
    /// It did so after the response's head was sent; whether it has left is not known yet.
    private boolean doubtful;
    /// The request timeout is the deadline that the client has set for its gRPC call.
    private boolean ofClient;
    private long allowed;
    private long takenByClient;
    private long takenByUpstream;

    ExchangeTimeouts(ExchangeContext context, ExchangeHandler exchange) {
        this.exchange = exchange;
        this.deadlines = new Deadlines(context.loop, this);
    }

    void begin() {
        clientEnded = false;
        doubtful = false;
        takenByClient = 0;
        takenByUpstream = 0;
    }

    /// Applies the limits of a route. Of its request timeout and the deadline of a gRPC call the shorter one counts.
    void limit(long startNanos, CompiledRoute route, ReceivedRequest head) {
        long nanos = route.requestNanos();
        allowed = head.method().equals("POST") ? Grpc.timeoutNanos(head) : 0;
        ofClient = allowed > 0 && (nanos == 0 || allowed < nanos);
        deadlines.begin(startNanos, ofClient ? allowed : nanos, route.silenceNanos());
    }

    /// The failure to report for one of an upstream. gRPC servers know the deadline of a call too, and reset the call at the same time.
    ProxyFailure cause(ProxyFailure failure) {
        boolean late = ofClient && failure.kind() == ProxyFailure.Kind.UPSTREAM_RESET && exchange.elapsedNanos() >= allowed;
        return late ? Failures.DEADLINE : failure;
    }

    boolean clientEnded() {
        return clientEnded;
    }

    /// The client has ended its direction.
    ///
    /// @param answered whether such a client gets its response
    /// @return whether it may still wait for the response
    boolean clientEnds(boolean answered) {
        clientEnded = true;
        ResponseMessage response = exchange.response;
        if (!answered || exchange.isFilterWaiting() || response.headSent() && response.isEventStream()) {
            return false;
        }
        if (response.headSent()) {
            // A client that has left resets the connection when it receives more of the response; during a pause nothing shows it.
            doubtful = true;
            deadlines.silence(DOUBT_NANOS);
        }
        return true;
    }

    /// Whether either side has accepted bytes since the last call. While a filter waits, the exchange counts as active: the filter has a
    /// deadline of its own.
    @Override
    public boolean moved() {
        if (!exchange.isLive()) {
            return false;
        }
        ClientStream client = exchange.client();
        long byClient = client.bytesSent() - client.untaken();
        long byUpstream = exchange.forwarder.taken();
        boolean moved = byClient != takenByClient || byUpstream != takenByUpstream || exchange.isFilterWaiting();
        takenByClient = byClient;
        takenByUpstream = byUpstream;
        return moved;
    }

    @Override
    public void expired(boolean silence) {
        try {
            strike(silence);
        } catch (Throwable e) {
            exchange.broke(e);
        }
    }

    private void strike(boolean silence) {
        if (!exchange.isLive()) {
            return;
        }
        if (exchange.isTunnel()) {
            exchange.finish(true);
        } else if (!silence || !doubtful) {
            exchange.fail(failure(silence));
        } else if (clientHasLeft()) {
            exchange.abandon();
        }
    }

    /// Whether a client that has half-closed its connection has left; if it is still receiving bytes, the route's inactivity timeout applies
    /// from now on.
    private boolean clientHasLeft() {
        CompiledRoute route = exchange.route();
        if (exchange.client().untaken() == 0) {
            return true;
        }
        doubtful = false;
        deadlines.silence(route == null ? 0 : route.silenceNanos());
        return false;
    }

    /// The failure for a timeout, by the side that caused it.
    ///
    /// @param silence whether the inactivity timeout expired; else the request timeout
    private ProxyFailure failure(boolean silence) {
        ClientStream client = exchange.client();
        if (!silence && ofClient) {
            return Failures.DEADLINE;
        }
        if (silence && exchange.response.headSent() && (client.untaken() > 0 || !client.writable())) {
            return Failures.SLOW_READER;
        }
        if (isClientAwaited(client)) {
            return silence ? Failures.SLOW_BODY : Failures.SLOW_REQUEST_BODY;
        }
        return silence ? Failures.SILENCE : Failures.SLOW_REQUEST;
    }

    /// Whether the exchange waits for the client, because the request is not complete.
    private boolean isClientAwaited(ClientStream client) {
        RequestMessage request = exchange.request;
        return !request.ended() && !request.pass.isCongested() && !exchange.forwarder.isAwaited()
                && (request.begun() || !client.awaitsContinue());
    }
}
