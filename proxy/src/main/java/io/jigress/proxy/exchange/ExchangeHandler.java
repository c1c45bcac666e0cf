package io.jigress.proxy.exchange;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.http.PathFault;
import io.jigress.proxy.http.ReceivedRequest;
import io.jigress.proxy.telemetry.AccessRecord;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// The whole life of a request: match, filters, forward, respond, record. Event loop only; used for later requests.
final class ExchangeHandler {
    /// How far an exchange is.
    private enum Stage {
        /// Between two requests.
        IDLE,
        /// The request is being passed through the filters, or sent to the upstream.
        REQUEST,
        /// The upstream's response is being passed on.
        RESPONSE,
        /// The gateway answers itself; the rest of the request is discarded.
        LOCAL_REPLY,
        /// Both sides have switched to another protocol.
        TUNNEL
    }

    final ExchangeContext context;
    final RequestMessage request;
    final ResponseMessage response;
    final Forwarder forwarder;
    final RouteActions actions;
    final ClientIdentity identity;
    final ExchangeFilters filters;
    final ExchangeTimeouts timeouts;
    final LocalReplies replies;
    final AccessRecord record;
    private final HttpExchange exchange;
    final RouteChoice choice;
    private final Tunnel tunnel;
    private final ExchangeFaults faults;
    private final UpstreamResponse upstream;

    private Stage stage = Stage.IDLE;
    private @Nullable ClientStream client;
    private @Nullable Frontend frontend;

    ExchangeHandler(ExchangeContext context, HttpExchange exchange) {
        this.context = context;
        this.exchange = exchange;
        this.record = new AccessRecord(context.loop.accessLog().isOn());
        this.timeouts = new ExchangeTimeouts(context, this);
        this.choice = new RouteChoice(context, record);
        this.actions = new RouteActions(this, context, record, choice);
        this.identity = new ClientIdentity(context, record);
        this.filters = new ExchangeFilters(this, context);
        this.replies = new LocalReplies(this, context);
        this.faults = new ExchangeFaults(this, context);
        this.tunnel = new Tunnel(this, context, timeouts.deadlines);
        this.upstream = new UpstreamResponse(this, context, record, choice, timeouts.deadlines);
        this.forwarder = new Forwarder(context, upstream);
        this.request = new RequestMessage(this, forwarder, context.heldBodyBytes);
        this.response = new ResponseMessage(this, forwarder, context.heldBodyBytes);
    }

    boolean isTunnel() { return stage == Stage.TUNNEL; }

    boolean isLive() { return stage != Stage.IDLE; }

    // ---- the request is received

    void begin(ClientStream stream, Frontend from, Peer by, ReceivedRequest head, boolean last, long startNanos) {
        stage = Stage.REQUEST;
        client = stream;
        frontend = from;
        request.begin(head, last);
        timeouts.begin();
        record.begin(startNanos, record.isLogged() ? context.epochMillis.getAsLong() : 0);
        record.request(head);
        identity.begin(from, by, head);
        PathFault fault = Frontend.normalisePath(head, from.routes());
        if (fault == null) {
            choice.match(head, from, by.section());
        } else {
            choice.none();
        }
        identity.forward(head);
        record.requestId(head.fields());
        filters.begin(choice.filters(), request.pass);
        limit();
        if (fault != null) {
            fail(fault.failure());
        } else if (choice.isMisdirected()) {
            fail(Failures.MISDIRECTED);
        } else if (request.announcesTooMuch()) {
            fail(Failures.BODY_TOO_LARGE);
        } else {
            request.pass.head(last);
            if (isLive() && !last && request.pass.isHolding()) {
                stream.proceed();
            }
        }
    }

    /// Takes up the limits of the route as it is now.
    private void limit() {
        CompiledRoute route = choice.route();
        if (route != null) {
            timeouts.limit(record.startNanos(), route, request.head());
            request.limit(route.maxBodyBytes());
        }
    }

    void requestBody(ByteBuf data, boolean last) {
        switch (stage) {
            case IDLE, LOCAL_REPLY -> data.release();
            case TUNNEL -> tunnel.fromClient(data, last);
            case REQUEST, RESPONSE -> {
                timeouts.deadlines.touch();
                if (request.count(data.readableBytes(), last)) {
                    request.receive(data, last);
                } else {
                    data.release();
                    fail(Failures.BODY_TOO_LARGE);
                }
            }
        }
    }

    void requestTrailers(Headers trailers) {
        if (stage == Stage.REQUEST || stage == Stage.RESPONSE) {
            timeouts.deadlines.touch();
            request.receive(trailers);
        } else {
            request.count(0, true);
        }
    }

    void requestFailed(ProxyFailure failure) {
        if (isLive()) {
            fail(failure);
        }
    }

    void clientGone() {
        if (!isLive()) {
            return;
        }
        if (stage != Stage.TUNNEL) {
            record.failure(Failures.GONE);
            if (!response.headSent()) {
                record.status(Failures.GONE.kind().status());
            }
        }
        finish(false);
    }

    boolean clientEnded() {
        return !isLive() || timeouts.clientEnds(frontend().settings().connections().answersHalfClosed());
    }

    /// The client has left without closing its connection.
    void abandon() {
        ClientStream stream = client();
        clientGone();
        stream.abort();
    }

    void clientWritable() {
        if (isLive()) {
            timeouts.deadlines.touch();
            if (!response.pass.isCongested()) {
                forwarder.reading(true);
            }
            response.pass.writable();
        }
    }

    long held() {
        return request.pass.heldBytes() + response.pass.heldBytes() + forwarder.heldBytes();
    }

    // ---- the request is forwarded

    /// The head has passed the filters.
    ///
    /// @param bodyLength as [MessageExit#head] tells it
    void dispatch(long bodyLength, boolean last) {
        actions.run(bodyLength, last);
    }

    // ---- the response is received

    void responseHead(ResponseHead head, boolean last) {
        response.take(head);
        if (timeouts.clientEnded() && response.isEventStream()) {
            abandon();
        } else {
            stage = Stage.RESPONSE;
            respond(last || forwarder.upgraded());
        }
    }

    void respond(boolean last) {
        filters.respond(response.pass, request);
        response.pass.head(last);
    }

    void responseBody(ByteBuf data, boolean last) {
        if (stage == Stage.TUNNEL) {
            tunnel.fromUpstream(data, last);
        } else if (isSwitching()) {
            tunnel.keep(data, last);
        } else {
            timeouts.deadlines.touch();
            response.receive(data, last);
        }
    }

    /// Backpressure: reading from the upstream stops while the client's send buffer is full.
    void pauseIfSlow() {
        if (!client().writable()) {
            client().flush();
            if (isLive() && !client().writable()) {
                forwarder.reading(false);
            }
        }
    }

    /// The response's head goes out.
    void answered(int status) {
        record.status(status);
    }

    // ---- a tunnel

    /// Whether the head under way is one that both sides leave HTTP with.
    boolean isSwitching() { return stage == Stage.RESPONSE && forwarder.upgraded(); }

    /// Such a head has passed the filters.
    void openTunnel(ResponseHead head) {
        stage = Stage.TUNNEL;
        record.status(head.status());
        filters.complete(request);
        tunnel.open(frontend().settings().connections().tunnels());
        response.sendSwitch(head);
        if (stage == Stage.TUNNEL) {
            // A tunnel may last for days: it must not keep routes and filters of this generation, nor the heads, from being collected.
            forget();
            frontend = null;
            forwarder.forget();
            tunnel.begun();
        }
    }

    /// The listener drains.
    void draining() {
        if (stage == Stage.TUNNEL) {
            tunnel.draining();
        }
    }

    // ---- the gateway answers itself

    /// The gateway answers itself; later events of the request or of an attempt are ignored.
    void beginReply(String reason) {
        discard();
        stage = Stage.LOCAL_REPLY;
        record.reason(reason);
    }

    boolean isReplying() { return stage == Stage.LOCAL_REPLY; }

    void flushClient() {
        ClientStream stream = client;
        if (stream != null) {
            stream.flush();
        }
    }

    void fail(ProxyFailure failure) {
        record.failure(failure);
        upstream.count(failure);
        faults.fail(failure, stage != Stage.REQUEST);
    }

    /// Discards the rest of both messages.
    void discard() {
        replies.end();
        request.pass.end();
        response.pass.end();
        forwarder.cancel();
    }

    void filterBroke(String filter, @Nullable Throwable cause, String what) {
        faults.filterBroke(filter, cause, what);
    }

    void broke(Throwable thrown) {
        faults.broke(thrown);
    }

    // ---- the end

    /// @param whole whether the complete response was sent
    void finish(boolean whole) {
        if (!isLive()) {
            return;
        }
        ClientStream stream = client();
        record.bytesReceived(stream.bytesReceived());
        record.bytesSent(stream.bytesSent());
        if (stage != Stage.TUNNEL) {
            filters.complete(request);
        }
        tunnel.closed();
        record.end(context.loop.nanoTime());
        stage = Stage.IDLE;
        filters.end();
        choice.end();
        replies.end();
        request.pass.end();
        response.pass.end();
        forwarder.end();
        timeouts.deadlines.clear();
        forget();
        response.clear();
        record.reset();
        client = null;
        frontend = null;
        identity.clear();
        exchange.recycle();
        if (whole) {
            stream.completed();
        }
    }

    /// Drops the references to routes, filters and heads.
    private void forget() {
        choice.forget();
        request.forget();
        response.forget();
        filters.forget();
    }

    // ---- what filters see and do

    ClientStream client() {
        return present(client);
    }

    Frontend frontend() {
        return present(frontend);
    }

    static <T> T present(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the exchange is over");
        }
        return part;
    }

    ReceivedRequest request() {
        return request.head();
    }

    String id() {
        String id = request.isPresent() ? request.head().headers().first(HeaderName.X_REQUEST_ID) : null;
        return id == null ? "-" : id;
    }

    @Nullable CompiledRoute route() {
        return choice.route();
    }

    String routeName() {
        return choice.name();
    }

    long elapsedNanos() {
        return context.loop.nanoTime() - record.startNanos();
    }

    boolean isFilterWaiting() { return request.pass.isSuspended() || response.pass.isSuspended(); }

    /// Matches the request anew, after a filter has changed its head.
    void rematch() {
        if (stage != Stage.REQUEST || !request.pass.isWalkingHead()) {
            throw new IllegalStateException("the route can only be chosen again from onRequestHead");
        }
        choice.match(request.head(), frontend(), identity.peer().section());
        limit();
        filters.rematch(choice.filters(), request.pass);
    }
}
