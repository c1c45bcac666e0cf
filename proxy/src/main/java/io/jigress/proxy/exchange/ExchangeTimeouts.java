package io.jigress.proxy.exchange;

import io.jigress.api.ProxyFailure;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.http.ReceivedRequest;

/// Judges the silence of an exchange: who is awaited when a timeout strikes, and whether a client that has ended its sending direction
/// (half-close) still waits for the response. Event loop only.
final class ExchangeTimeouts implements Deadlines.Expiry {
    /// How long a response may pause whose client has ended its direction after the response's head.
    private static final long DOUBT_NANOS = 1_000_000_000L;

    final Deadlines deadlines;
    private final ExchangeHandler exchange;

    /// The client has ended its direction after its request, and waits for the response or has left.
    private boolean clientEnded;
    /// It did so after the response's head had gone out, and what it means is not known yet.
    private boolean doubtful;
    /// The time of the whole request is what its client has set for its gRPC call.
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

    /// Takes up the limits of a route. Of its request timeout and the deadline of a gRPC call the shorter counts.
    void limit(long startNanos, CompiledRoute route, ReceivedRequest head) {
        long nanos = route.requestNanos();
        allowed = head.method().equals("POST") ? Grpc.timeoutNanos(head) : 0;
        ofClient = allowed > 0 && (nanos == 0 || allowed < nanos);
        deadlines.begin(startNanos, ofClient ? allowed : nanos, route.silenceNanos());
    }

    /// What an upstream's failure is. Servers of gRPC know the deadline of a call too, and reset it at the same time.
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
            // A client that has left resets the connection when more of the response reaches it: only a pause tells nothing.
            doubtful = true;
            deadlines.silence(DOUBT_NANOS);
        }
        return true;
    }

    /// Whether either side has taken something since the last call. While a filter waits neither side is awaited: the filter has a
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

    /// Whether a silence only tells that a client has left which had ended its direction; if it is still taking bytes, the route's own time
    /// counts from now on.
    private boolean clientHasLeft() {
        CompiledRoute route = exchange.route();
        if (exchange.client().untaken() == 0) {
            return true;
        }
        doubtful = false;
        deadlines.silence(route == null ? 0 : route.silenceNanos());
        return false;
    }

    /// Who was awaited in vain.
    ///
    /// @param silence whether nothing moved for a while; else the time of the whole request is up
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

    /// Whether the client is the one who is awaited, since it is to send more of its request.
    private boolean isClientAwaited(ClientStream client) {
        RequestMessage request = exchange.request;
        return !request.ended() && !request.pass.isCongested() && !exchange.forwarder.isAwaited()
                && (request.begun() || !client.awaitsContinue());
    }
}
