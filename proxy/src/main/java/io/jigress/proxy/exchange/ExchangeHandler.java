package io.jigress.proxy.exchange;

import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.LocalReply;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.ResponseHead;
import io.jigress.api.Resumption;
import io.jigress.config.RouteAction;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.compile.FilterSet;
import io.jigress.proxy.http.PathFault;
import io.jigress.proxy.http.ReceivedRequest;
import io.jigress.proxy.telemetry.AccessRecord;
import io.jigress.proxy.upstream.Upstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The whole life of a request: match, filters, forward, respond, record. Event loop only; used for later requests.
final class ExchangeHandler implements Forwarder.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(ExchangeHandler.class);

    /// How far an exchange is.
    private enum Stage {
        /// Between two requests.
        IDLE,
        /// The request is on its way: through the filters, or to the upstream.
        REQUEST,
        /// The upstream's response is on its way.
        RESPONSE,
        /// The gateway answers itself; what still comes of the request is discarded.
        LOCAL_REPLY,
        /// Both sides have left HTTP.
        TUNNEL
    }

    final RequestMessage request;
    final ResponseMessage response;
    final Forwarder forwarder;
    private final HttpExchange exchange;
    private final ExchangeContext context;
    private final ExchangeTimeouts timeouts;
    private final Attributes attributes = new Attributes();
    private final AccessRecord record = new AccessRecord();
    private final RouteChoice choice;

    private Stage stage = Stage.IDLE;
    private int generation;
    /// Whose callback is running, or ran last.
    private FilterPass calling;
    private @Nullable ClientStream client;
    private @Nullable Frontend frontend;
    private @Nullable Peer peer;
    private @Nullable InetAddress clientAddress;
    /// What filters are given; null while no filter takes part.
    private @Nullable ExchangeView view;
    /// Those of the request's pass, whatever the route is now: they see the response too.
    private FilterSet.Instances filtersSeen = FilterSet.Instances.NONE;
    private long attemptBegan;
    /// How long a tunnel may be silent of which one direction has ended.
    private long halfCloseNanos;
    private @Nullable Forwarding forwarding;
    /// The listener that it is for; not the listener itself, which would hold the routes of one that is closed.
    private @Nullable Object forwardingOf;

    ExchangeHandler(ExchangeContext context, HttpExchange exchange) {
        this.context = context;
        this.exchange = exchange;
        this.forwarder = new Forwarder(context, this);
        this.request = new RequestMessage(this, forwarder, context.heldBodyBytes);
        this.response = new ResponseMessage(this, forwarder, context.heldBodyBytes);
        this.calling = request.pass;
        this.timeouts = new ExchangeTimeouts(context, this);
        this.choice = new RouteChoice(context, record);
    }

    boolean isLive() { return stage != Stage.IDLE; }

    // ---- the request comes in

    void begin(ClientStream stream, Frontend from, Peer by, ReceivedRequest head, boolean last, long startNanos) {
        stage = Stage.REQUEST;
        client = stream;
        frontend = from;
        peer = by;
        request.begin(head, last);
        timeouts.begin();
        record.begin(startNanos, context.epochMillis.getAsLong());
        record.request(head);
        Forwarding identity = forwarding(from);
        InetAddress address = identity.client(by, head);
        clientAddress = address;
        record.client(address == by.address ? by.text : address.getHostAddress());
        PathFault fault = Frontend.normalisePath(head, from.routes());
        if (fault == null) {
            choice.match(head, from);
        } else {
            choice.none();
        }
        identity.apply(context.loop, by, head);
        int id = head.fields().find(HeaderName.X_REQUEST_ID);
        record.requestId(head.fields().bytes(), head.fields().valueFrom(id), head.fields().valueTo(id));
        FilterSet.Instances filters = choice.filters();
        filtersSeen = filters;
        filters.enter();
        if (filters.size() > 0) {
            view = new ExchangeView(this);
        }
        request.pass.begin(view, filters, filters.size());
        limit();
        if (fault != null) {
            fail(fault.failure());
        } else if (request.announcesTooMuch()) {
            fail(Failures.BODY_TOO_LARGE);
        } else {
            request.pass.head(last);
            if (isLive() && !last && request.pass.isHolding()) {
                stream.proceed();
            }
        }
    }

    private Forwarding forwarding(Frontend from) {
        Forwarding known = forwarding;
        if (known == null || forwardingOf != from.identity()) {
            known = new Forwarding(from.proxies(), from.settings().forwardedField(), from.port());
            forwarding = known;
            forwardingOf = from.identity();
        }
        return known;
    }

    /// Takes up the limits of the route as it is now.
    private void limit() {
        CompiledRoute route = choice.route();
        if (route != null) {
            timeouts.deadlines.begin(record.startNanos(), route.requestNanos(), route.silenceNanos());
            request.limit(route.maxBodyBytes());
        }
    }

    void requestBody(ByteBuf data, boolean last) {
        switch (stage) {
            case IDLE, LOCAL_REPLY -> data.release();
            case TUNNEL -> {
                request.count(data.readableBytes(), last);
                timeouts.deadlines.touch();
                forwarder.send(data, last);
                if (last) {
                    halfClosed();
                }
            }
            case REQUEST, RESPONSE -> {
                timeouts.deadlines.touch();
                if (request.count(data.readableBytes(), last)) {
                    request.body(data, last, request.pass.isTransparent());
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
            request.end(trailers);
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
        return !isLive() || timeouts.clientEnds(frontend().settings().connections().halfClose().answered());
    }

    /// The client has left although its connection has not said so.
    private void abandon() {
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
        }
    }

    long held() {
        return request.pass.heldBytes() + response.pass.heldBytes() + forwarder.heldBytes();
    }

    // ---- the request goes out

    /// The head has passed the filters: does what the route says.
    ///
    /// @param bodyLength as [FilterPass.Exit#head] tells it
    void dispatch(long bodyLength, boolean last) {
        CompiledRoute route = choice.route();
        ReceivedRequest head = request.head();
        ProxyFailure broken = filtersSeen.failure();
        if (route == null) {
            record.failure(Failures.NO_ROUTE);
            reply(Replies.failure(Failures.NO_ROUTE));
        } else if (broken != null) {
            fail(broken);
        } else if (request.announcesTooMuch()) { // of a route that was chosen anew
            fail(Failures.BODY_TOO_LARGE);
        } else {
            switch (route.route().action()) {
                case RouteAction.Forward _ -> forward(route, head, bodyLength, last);
                case RouteAction.Redirect redirect ->
                    reply(Replies.redirect(redirect, head, Rewrites.matchedPrefix(route, head), frontend().port(),
                            present(peer).trusted));
                case RouteAction.Reply fixed -> {
                    ProxyFailure failure = Replies.failure(fixed);
                    if (failure != null) {
                        record.failure(failure);
                    }
                    reply(Replies.fixed(fixed));
                }
            }
        }
    }

    private void forward(CompiledRoute route, ReceivedRequest head, long bodyLength, boolean last) {
        LocalReply here = MaxForwards.answer(head);
        CompiledRoute.Target target = choice.target();
        Upstream upstream = choice.upstream();
        if (here != null) {
            reply(here);
        } else if (target == null || upstream == null) {
            fail(Failures.NO_TARGET);
        } else {
            record.cluster(upstream.cluster().origin());
            Rewrites.apply(route, head);
            RequestMessage.frame(head, bodyLength);
            forwarder.start(target, upstream, head, last, route.attemptNanos(), choice.options().retry());
        }
    }

    /// The upstream cannot take more for now, or can again.
    @Override
    public void upstreamCongested(boolean yes) {
        ClientStream stream = client;
        if (stream != null) {
            stream.reading(!yes && !request.pass.isCongested());
        }
    }

    @Override
    public void attempt(int number, String endpoint) {
        record.attempts(number);
        record.endpoint(endpoint);
        attemptBegan = context.loop.nanoTime();
    }

    @Override
    public void retried(@Nullable ProxyFailure failure) {
        if (failure != null) {
            count(failure);
        }
    }

    /// Counts what went wrong on the upstream's side.
    private void count(ProxyFailure failure) {
        CompiledRoute.Target target = choice.target();
        if (target != null && failure.origin() == Origin.UPSTREAM) {
            target.stats(context.loop).failure(failure.kind());
        }
    }

    // ---- the response comes back

    @Override
    public void informational(ResponseHead head) {
        timeouts.deadlines.touch();
        client().informational(head);
        client().flush();
    }

    @Override
    public void responseHead(ResponseHead head, boolean last) {
        timeouts.deadlines.touch();
        long now = context.loop.nanoTime();
        record.upstreamNanos(now - record.startNanos());
        record.upstreamStatus(head.status());
        CompiledRoute.Target target = choice.target();
        if (target != null) {
            target.stats(context.loop).answered(now - attemptBegan);
        }
        if (head.status() >= 200 && !head.headers().contains(HeaderName.DATE)) {
            // RFC 9110, 6.6.1: who has a clock adds it to what it passes on.
            head.headers().set(HeaderName.DATE, context.date());
        }
        response.take(head);
        if (timeouts.clientEnded() && response.isEventStream()) {
            abandon();
        } else if (forwarder.upgraded()) {
            upgrade(head);
        } else {
            stage = Stage.RESPONSE;
            respond(last);
        }
    }

    private void respond(boolean last) {
        response.pass.begin(view, filtersSeen, request.seenBy(filtersSeen));
        response.pass.head(last);
    }

    @Override
    public void responseBody(ByteBuf data, boolean last) {
        timeouts.deadlines.touch();
        if (stage != Stage.TUNNEL) {
            response.receive(data, last);
            return;
        }
        client().body(data, last);
        if (last) {
            halfClosed();
        } else {
            pauseIfSlow();
        }
    }

    @Override
    public void responseTrailers(Headers trailers) {
        response.receive(trailers);
    }

    @Override
    public void failed(ProxyFailure failure) {
        if (stage == Stage.TUNNEL) {
            finish(true);
        } else {
            fail(failure);
        }
    }

    /// Backpressure: while the client takes no more, the upstream is not read.
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

    private void upgrade(ResponseHead head) {
        stage = Stage.TUNNEL;
        halfCloseNanos = frontend().settings().connections().halfClose().tunnel().toNanos();
        record.status(101);
        complete();
        response.sendSwitch(head);
        // A tunnel may last for days: it must keep neither this generation of routes and filters nor the heads.
        forget();
        frontend = null;
        forwarder.forget();
        timeouts.deadlines.clear();
        context.loop.metrics().tunnelsOpen++;
    }

    /// One direction of a tunnel has ended; the other goes on, until it ends or nothing moves for a while.
    private void halfClosed() {
        if (isLive()) {
            timeouts.deadlines.begin(context.loop.nanoTime(), 0, halfCloseNanos);
        }
    }

    // ---- the gateway answers itself

    void replyOfFilter(LocalReply reply, boolean toResponse) {
        if (response.headSent()) {
            filterBroke("-", null, "replied after the response's head had gone out");
        } else if (toResponse) {
            replyPlain(reply);
        } else {
            reply(reply);
        }
    }

    /// A reply that passes the response filters of those that saw the request.
    private void reply(LocalReply given) {
        LocalReply reply = whole(given);
        LocalHead head = local(reply);
        request.pass.end();
        boolean last = Replies.isBodiless(reply) || request.head().isHead();
        response.take(head);
        respond(last);
        if (!last && stage == Stage.LOCAL_REPLY) {
            response.pass.body(Unpooled.wrappedBuffer(reply.body()), true);
        }
        flushClient();
    }

    /// A reply that no filter sees any more.
    private void replyPlain(LocalReply given) {
        LocalReply reply = whole(given);
        LocalHead head = local(reply);
        request.pass.end();
        response.take(head);
        record.status(reply.status());
        boolean last = Replies.isBodiless(reply) || request.head().isHead();
        response.sendHead(head, ResponseMessage.framing(head, last), last);
        if (!last) {
            client().body(Unpooled.wrappedBuffer(reply.body()), true);
        }
        client().flush();
        finish(true);
    }

    private LocalHead local(LocalReply reply) {
        response.pass.end();
        forwarder.cancel();
        stage = Stage.LOCAL_REPLY;
        record.reason(reply.reason());
        return LocalHead.of(reply, context.date());
    }

    private LocalReply whole(LocalReply reply) {
        return reply.message() == null
                ? reply
                : frontend().errorPage().whole(reply, id(), request.head().headers().first(ErrorPage.ACCEPT));
    }

    private void flushClient() {
        ClientStream stream = client;
        if (stream != null) {
            stream.flush();
        }
    }

    void fail(ProxyFailure failure) {
        record.failure(failure);
        count(failure);
        if (response.headSent()) {
            request.pass.end();
            response.pass.end();
            forwarder.cancel();
            client().abort();
            finish(false);
            return;
        }
        LocalReply page = Replies.failure(failure);
        try {
            if (stage == Stage.REQUEST) {
                reply(page);
            } else {
                replyPlain(page);
            }
        } catch (OutOfMemoryError e) {
            // Nobody above could tell the client: this may be the upstream's connection or a timer.
            context.loop.metrics().outOfMemory(e);
            client().abort();
            finish(false);
        }
    }

    void filterBroke(String filter, @Nullable Throwable cause, String what) {
        LOG.error("filter {} {} on route {}; request {} is answered with 500", filter, what, routeName(), id(), cause);
        fail(Failures.FILTER_FAILED);
    }

    void expired(boolean silence) {
        if (!isLive()) {
            return;
        }
        if (stage == Stage.TUNNEL) {
            finish(true);
        } else if (!silence || !timeouts.doubtful()) {
            fail(timeouts.failure(silence));
        } else if (timeouts.clientHasLeft(choice.route())) {
            abandon();
        }
    }

    /// The border around an exchange: what anything in it throws ends here, whoever called. It costs this exchange a 500, or its connection
    /// where the response has begun, and nobody else anything.
    @Override
    public void broke(Throwable thrown) {
        ProxyFailure failure = Failures.INTERNAL_ERROR;
        if (thrown instanceof OutOfMemoryError error) {
            context.loop.metrics().outOfMemory(error);
            failure = Failures.NO_MEMORY;
        } else {
            context.faults.tell(isLive() ? id() : "-", isLive() ? routeName() : "-", thrown);
        }
        if (!isLive()) {
            return;
        }
        try {
            fail(failure);
        } catch (Throwable again) {
            giveUp(again);
        }
    }

    /// It cannot even be answered.
    private void giveUp(Throwable thrown) {
        if (!(thrown instanceof OutOfMemoryError)) {
            context.faults.tell(isLive() ? id() : "-", isLive() ? routeName() : "-", thrown);
        }
        if (isLive()) {
            client().abort();
            finish(false);
        }
    }

    // ---- the end

    private void complete() {
        for (int i = 0, seen = request.seenBy(filtersSeen); i < seen; i++) {
            if (filtersSeen.complete(i)) {
                try {
                    filtersSeen.at(i).onComplete(present(view));
                } catch (Throwable e) {
                    LOG.error("filter {} threw in onComplete", filtersSeen.slot(i).spec().name(), e);
                }
            }
        }
    }

    /// @param whole whether the response has gone out to its end
    void finish(boolean whole) {
        if (!isLive()) {
            return;
        }
        ClientStream stream = client();
        record.bytesReceived(stream.bytesReceived());
        record.bytesSent(stream.bytesSent());
        if (stage == Stage.TUNNEL) {
            context.loop.metrics().tunnelsOpen--;
        } else {
            complete();
        }
        record.end(context.loop.nanoTime());
        stage = Stage.IDLE;
        generation++;
        choice.end();
        request.pass.end();
        response.pass.end();
        forwarder.end();
        timeouts.deadlines.clear();
        forget();
        response.clear();
        record.reset();
        client = null;
        frontend = null;
        peer = null;
        clientAddress = null;
        exchange.recycle();
        if (whole) {
            stream.completed();
        }
    }

    /// Lets go of routes, filters and heads.
    private void forget() {
        choice.forget();
        request.forget();
        response.forget();
        filtersSeen.leave();
        filtersSeen = FilterSet.Instances.NONE;
        attributes.clear();
        ExchangeView shown = view;
        if (shown != null) {
            view = null;
            shown.end();
        }
    }

    // ---- what filters see and do

    ClientStream client() {
        return present(client);
    }

    private Frontend frontend() {
        return present(frontend);
    }

    private static <T> T present(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the exchange is over");
        }
        return part;
    }

    ReceivedRequest request() {
        return request.head();
    }

    @Nullable ResponseHead response() {
        return response.head();
    }

    InetAddress clientAddress() {
        return present(clientAddress);
    }

    InetAddress peerAddress() {
        return present(peer).address;
    }

    String id() {
        String id = request.head().headers().first(HeaderName.X_REQUEST_ID);
        return id == null ? "-" : id;
    }

    String routeName() {
        return choice.name();
    }

    long elapsedNanos() {
        return context.loop.nanoTime() - record.startNanos();
    }

    Attributes attributes() {
        return attributes;
    }

    void calling(FilterPass pass) {
        calling = pass;
    }

    boolean isFilterWaiting() { return request.pass.isSuspended() || response.pass.isSuspended(); }

    Resumption suspend(Duration deadline, FilterDecision onDeadline) {
        FilterPass pass = calling;
        if (timeouts.clientEnded()) {
            int now = generation;
            context.loop.executor().execute(() -> {
                try {
                    if (isLive() && generation == now && isFilterWaiting()) {
                        abandon();
                    }
                } catch (Throwable e) {
                    broke(e);
                }
            });
        }
        return new LoopResumption(context.loop, deadline, onDeadline, generation, (by, decision, born) -> {
            if (isLive() && generation == born) {
                try {
                    resume(pass, by, decision);
                } catch (Throwable e) {
                    broke(e);
                }
            }
        });
    }

    private void resume(FilterPass pass, Resumption by, FilterDecision decision) {
        pass.resume(by, decision);
        if (isLive() && !request.ended() && request.pass.isHolding()) {
            client().proceed();
        }
        flushClient();
    }

    void rematch() {
        ReceivedRequest head = request.head();
        if (stage != Stage.REQUEST || !request.pass.walkingHead()) {
            throw new IllegalStateException("the route can only be chosen again from onRequestHead");
        }
        int seen = request.pass.seen();
        FilterSet.Instances before = filtersSeen;
        choice.match(head, frontend());
        limit();
        FilterSet.Instances now = before.rematched(seen, choice.filters());
        now.enter();
        before.leave();
        filtersSeen = now;
        request.pass.replace(now);
    }
}
