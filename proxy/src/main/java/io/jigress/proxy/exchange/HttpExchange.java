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
import io.jigress.proxy.compile.CompiledHost;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.compile.FilterSet;
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.PathFault;
import io.jigress.proxy.http.ReceivedRequest;
import io.jigress.proxy.http.SharedHead;
import io.jigress.proxy.http.TargetRanges;
import io.jigress.proxy.route.HostRoutes;
import io.jigress.proxy.telemetry.AccessRecord;
import io.jigress.proxy.telemetry.RouteStats;
import io.jigress.proxy.upstream.Upstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The whole life of a request: match, filters, forward, respond, record.
///
/// A [ClientStream] gives it the request ([#begin], [#requestBody], …) and takes the response; a [Forwarder] carries it to the upstream.
/// One event loop; reused for later requests.
public final class HttpExchange implements Forwarder.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(HttpExchange.class);
    private static final String EVENT_STREAM = "text/event-stream";
    /// How long a response may pause whose client has ended its direction after the response's head.
    private static final long DOUBT_NANOS = 1_000_000_000L;
    private final ExchangeContext context;
    private final FilterPass requestPass;
    private final FilterPass responsePass;
    private final Forwarder forwarder;
    private final Deadlines deadlines;
    private final Attributes attributes = new Attributes();
    private final AccessRecord record = new AccessRecord();

    private int generation;
    private boolean live;
    /// Whose callback is running, or ran last.
    private FilterPass calling;
    private @Nullable ClientStream client;
    private @Nullable Frontend frontend;
    private @Nullable Peer peer;
    private @Nullable InetAddress clientAddress;
    private @Nullable ReceivedRequest request;
    /// What filters are given; null while no filter takes part.
    private @Nullable ExchangeView view;
    private @Nullable ResponseHead response;
    /// The upstream's head outlives its message: filters may wait with it, and see it once more at the end.
    private @Nullable SharedHead kept;
    private @Nullable CompiledRoute route;
    private CompiledRoute.@Nullable Target target;
    /// The target's cluster as it was when the route was chosen.
    private @Nullable Upstream matched;
    private @Nullable RouteStats stats;
    /// Those of the request's pass, whatever the route is now: they see the response too.
    private FilterSet.Instances filtersSeen = FilterSet.Instances.NONE;
    private long bodyReceived;
    private long maxBodyBytes;
    private long attemptBegan;
    private boolean logged;
    private boolean requestEnded;
    private boolean responding;
    private boolean headSent;
    private boolean tunnel;
    private boolean local;
    /// The client has ended its direction after its request, and waits for the response or has left.
    private boolean clientEnded;
    /// It did so after the response's head had gone out, and what it means is not known yet.
    private boolean doubtful;
    private long takenByClient;
    private long takenByUpstream;
    /// How long a tunnel may be silent of which one direction has ended.
    private long halfCloseNanos;
    private @Nullable Forwarding forwarding;
    /// The listener that it is for; not the listener itself, which would hold the routes of one that is closed.
    private @Nullable Object forwardingOf;

    HttpExchange(ExchangeContext context) {
        this.context = context;
        this.requestPass = new FilterPass(this, new RequestExit(), false, context.heldBodyBytes);
        this.responsePass = new FilterPass(this, new ResponseExit(), true, context.heldBodyBytes);
        this.calling = requestPass;
        this.forwarder = new Forwarder(context, this);
        this.deadlines = new Deadlines(context.loop, new Expiry());
    }

    // ---- the request comes in

    /// A complete head; `last` when no body follows.
    public void begin(ClientStream stream, Frontend from, Peer by, ReceivedRequest head, boolean last, long startNanos) {
        try {
            start(stream, from, by, head, last, startNanos);
        } catch (Throwable e) {
            broke(e);
        }
    }

    private void start(ClientStream stream, Frontend from, Peer by, ReceivedRequest head, boolean last, long startNanos) {
        live = true;
        client = stream;
        frontend = from;
        peer = by;
        request = head;
        requestEnded = last;
        bodyReceived = 0;
        responding = false;
        headSent = false;
        tunnel = false;
        local = false;
        clientEnded = false;
        doubtful = false;
        takenByClient = 0;
        takenByUpstream = 0;
        response = null;
        record.begin(startNanos, context.epochMillis.getAsLong());
        record.request(head);
        Forwarding identity = forwarding(from);
        InetAddress address = identity.client(by, head);
        clientAddress = address;
        record.client(address == by.address ? by.text : address.getHostAddress());
        PathFault fault = Frontend.normalisePath(head, from.routes());
        if (fault == null) {
            choose(head, from);
        } else {
            chosen(null);
        }
        identity.apply(context.loop, by, head);
        int id = head.fields().find(HeaderName.X_REQUEST_ID);
        record.requestId(head.fields().bytes(), head.fields().valueFrom(id), head.fields().valueTo(id));
        FilterSet.Instances filters = filters();
        filtersSeen = filters;
        filters.enter();
        if (filters.size() > 0) {
            view = new ExchangeView(this);
        }
        requestPass.begin(view, filters, filters.size());
        limit();
        if (fault != null) {
            fail(fault.failure());
            return;
        }
        if (isOverLimit(head)) {
            fail(Failures.BODY_TOO_LARGE);
            return;
        }
        requestPass.head(last);
        if (live && !last && requestPass.isHolding()) {
            stream.proceed();
        }
    }

    /// A part of the body; takes ownership.
    public void requestBody(ByteBuf data, boolean last) {
        try {
            takeBody(data, last);
        } catch (Throwable e) {
            broke(e);
        }
    }

    private void takeBody(ByteBuf data, boolean last) {
        if (!live || local) {
            data.release();
            return;
        }
        bodyReceived += data.readableBytes();
        requestEnded |= last;
        deadlines.touch();
        if (tunnel) {
            forwarder.send(data, last);
            if (last) {
                halfClosed();
            }
            return;
        }
        if (maxBodyBytes >= 0 && bodyReceived > maxBodyBytes) {
            data.release();
            fail(Failures.BODY_TOO_LARGE);
        } else if (requestPass.isTransparent()) {
            forwarder.send(data, last);
        } else {
            requestPass.body(data, last);
        }
    }

    public void requestTrailers(Headers trailers) {
        try {
            takeTrailers(trailers);
        } catch (Throwable e) {
            broke(e);
        }
    }

    private void takeTrailers(Headers trailers) {
        requestEnded = true;
        if (!live || local) {
            return;
        }
        deadlines.touch();
        if (requestPass.isTransparent()) {
            forwarder.sendTrailers(trailers);
        } else {
            requestPass.trailers(trailers);
        }
    }

    /// Bytes that wait in here, for filters or for a connection.
    public long held() {
        return requestPass.heldBytes() + responsePass.heldBytes() + forwarder.heldBytes();
    }

    /// What the client sent cannot be understood; it is answered if that is still possible.
    public void requestFailed(ProxyFailure failure) {
        try {
            takeFailure(failure);
        } catch (Throwable e) {
            broke(e);
        }
    }

    private void takeFailure(ProxyFailure failure) {
        if (live) {
            fail(failure);
        }
    }

    /// The client's connection is gone.
    public void clientGone() {
        try {
            leave();
        } catch (Throwable e) {
            broke(e);
        }
    }

    private void leave() {
        if (!live) {
            return;
        }
        if (!tunnel) {
            record.failure(Failures.GONE);
            if (!headSent) {
                record.status(Failures.GONE.kind().status());
            }
        }
        finish(false);
    }

    /// The client has ended its sending direction (FIN) after its request: it waits for the response, or has left.
    ///
    /// @return whether the response is still to be sent; else the connection is to be closed
    public boolean clientEnded() {
        try {
            return !live || waitsOn();
        } catch (Throwable e) {
            broke(e);
            return true;
        }
    }

    private boolean waitsOn() {
        clientEnded = true;
        if (!frontend().settings().connections().halfClose().answered() || isFilterWaiting() || headSent && isEventStream()) {
            return false;
        }
        if (headSent) {
            // A client that has left resets the connection when more of the response reaches it: only a pause tells nothing.
            doubtful = true;
            deadlines.silence(DOUBT_NANOS);
        }
        return true;
    }

    private boolean isFilterWaiting() { return requestPass.isSuspended() || responsePass.isSuspended(); }

    private boolean isEventStream() {
        ResponseHead head = response;
        String type = head == null ? null : head.headers().first(HeaderName.CONTENT_TYPE);
        return type != null && type.regionMatches(true, 0, EVENT_STREAM, 0, EVENT_STREAM.length());
    }

    /// The client has left although its connection has not said so.
    private void abandon() {
        ClientStream stream = client();
        clientGone();
        stream.abort();
    }

    /// The client takes more of the response.
    public void clientWritable() {
        try {
            takeMore();
        } catch (Throwable e) {
            broke(e);
        }
    }

    private void takeMore() {
        if (live) {
            deadlines.touch();
            if (!responsePass.isCongested()) {
                forwarder.reading(true);
            }
        }
    }

    /// Takes up the limits of the route as it is now.
    private void limit() {
        CompiledRoute matched = route;
        if (matched != null) {
            deadlines.begin(record.startNanos(), matched.requestNanos(), matched.silenceNanos());
            maxBodyBytes = matched.maxBodyBytes();
        } else {
            maxBodyBytes = -1;
        }
    }

    private boolean isOverLimit(ReceivedRequest head) { return maxBodyBytes >= 0 && head.contentLength() > maxBodyBytes; }

    private Forwarding forwarding(Frontend from) {
        Forwarding known = forwarding;
        if (known == null || forwardingOf != from.identity()) {
            known = new Forwarding(from.proxies(), from.settings().forwardedField(), from.port());
            forwarding = known;
            forwardingOf = from.identity();
        }
        return known;
    }

    private void choose(ReceivedRequest head, Frontend from) {
        byte[] bytes = head.fields().bytes();
        TargetRanges ranges = head.ranges();
        CompiledRoute found = from.routes().match(bytes, ranges.hostFrom(), ranges.hostTo(), bytes, ranges.pathFrom(),
                ranges.pathTo(), head, context.scratch);
        HostRoutes<CompiledHost, CompiledRoute> host = context.scratch.host();
        if (found == null && host != null) {
            found = host.attachment().notFound();
        }
        context.scratch.clear();
        chosen(found);
    }

    private void chosen(@Nullable CompiledRoute found) {
        route = found;
        CompiledRoute.Target drawn = found == null ? null : found.draw(context.loop);
        target = drawn;
        matched = drawn == null ? null : drawn.upstream();
        stats = found == null ? context.loop.metrics().route("-") : found.stats(context.loop);
        logged = found == null || found.route().options().accessLog();
        if (found != null) {
            record.route(found.route().origin());
        }
    }

    private FilterSet.Instances filters() {
        CompiledRoute.Target drawn = target;
        CompiledRoute matched = route;
        FilterSet set = drawn != null ? drawn.filters() : matched != null ? matched.filters() : null;
        return set == null ? FilterSet.Instances.NONE : set.on(context.loop);
    }
    void calling(FilterPass pass) {
        calling = pass;
    }

    // ---- the request goes out
    private final class RequestExit implements FilterPass.Exit {
        @Override
        public void head(long bodyLength, boolean last) {
            dispatch(bodyLength, last);
        }

        @Override
        public void body(ByteBuf data, boolean last) {
            forwarder.send(data, last);
        }

        @Override
        public void trailers(Headers trailers) {
            forwarder.sendTrailers(trailers);
        }

        @Override
        public void reply(LocalReply reply) {
            if (headSent) {
                filterBroke("-", null, "replied after the response's head had gone out");
            } else {
                HttpExchange.this.reply(reply);
            }
        }

        @Override
        public void broken(String filter, @Nullable Throwable cause, String what) {
            filterBroke(filter, cause, what);
        }

        @Override
        public void heldTooMuch() {
            fail(Failures.HELD_REQUEST);
        }
        @Override
        public void congested(boolean yes) {
            client().reading(!yes && !forwarder.isCongested());
        }
    }

    private void dispatch(long bodyLength, boolean last) {
        CompiledRoute matched = route;
        ReceivedRequest head = request();
        if (matched == null) {
            record.failure(Failures.NO_ROUTE);
            reply(Replies.failure(Failures.NO_ROUTE));
            return;
        }
        ProxyFailure broken = filtersSeen.failure();
        if (broken != null) {
            fail(broken);
            return;
        }
        if (isOverLimit(head)) { // of a route that was chosen anew
            fail(Failures.BODY_TOO_LARGE);
            return;
        }
        switch (matched.route().action()) {
            case RouteAction.Forward _ -> {
                LocalReply here = MaxForwards.answer(head);
                if (here != null) {
                    reply(here);
                    return;
                }
                CompiledRoute.Target drawn = target;
                // Read once: the applying thread may change it meanwhile.
                Upstream upstream = drawn == null ? null : drawn.upstream();
                if (upstream == null) {
                    // Gone while a filter waited: the request goes where it would have gone at once.
                    upstream = this.matched;
                }
                if (drawn == null || upstream == null) {
                    fail(Failures.NO_TARGET);
                    return;
                }
                record.cluster(upstream.cluster().origin());
                Rewrites.apply(matched, head);
                if (bodyLength >= 0) {
                    head.framing(bodyLength);
                } else if (bodyLength == -1) {
                    head.framing(Framing.CHUNKED);
                }
                forwarder.start(drawn, upstream, head, last, matched.attemptNanos(), matched.route().options().retry());
            }
            case RouteAction.Redirect redirect ->
                reply(Replies.redirect(redirect, head, Rewrites.matchedPrefix(matched, head), frontend().port(),
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

    /// The upstream cannot take more for now, or can again.
    @Override
    public void upstreamCongested(boolean yes) {
        ClientStream stream = client;
        if (stream != null) {
            stream.reading(!yes && !requestPass.isCongested());
        }
    }

    @Override
    public void attempt(int number, String endpoint) {
        record.attempts(number);
        record.endpoint(endpoint);
        attemptBegan = context.loop.nanoTime();
    }

    // ---- the response comes back

    @Override
    public void informational(ResponseHead head) {
        deadlines.touch();
        client().informational(head);
        client().flush();
    }

    @Override
    public void responseHead(ResponseHead head, boolean last) {
        deadlines.touch();
        long now = context.loop.nanoTime();
        record.upstreamNanos(now - record.startNanos());
        record.upstreamStatus(head.status());
        CompiledRoute.Target answered = target;
        if (answered != null) {
            answered.stats(context.loop).answered(now - attemptBegan);
        }
        response = head;
        if (head.status() >= 200 && !head.headers().contains(HeaderName.DATE)) {
            // RFC 9110, 6.6.1: who has a clock adds it to what it passes on.
            head.headers().set(HeaderName.DATE, context.date());
        }
        if (head instanceof SharedHead shared) {
            shared.retain();
            kept = shared;
        }
        responding = !forwarder.upgraded();
        if (clientEnded && isEventStream()) {
            abandon();
            return;
        }
        if (forwarder.upgraded()) {
            upgrade(head);
            return;
        }
        respond(last);
    }

    private void respond(boolean last) {
        responding = true;
        FilterSet.Instances filters = filtersSeen;
        responsePass.begin(view, filters, requestPassSeen(filters));
        responsePass.head(last);
    }

    private int requestPassSeen(FilterSet.Instances filters) {
        return Math.min(filters.size(), requestPass.seen());
    }

    @Override
    public void responseBody(ByteBuf data, boolean last) {
        deadlines.touch();
        if (tunnel) {
            client().body(data, last);
            if (last) {
                halfClosed();
            } else {
                slow();
            }
            return;
        }
        if (responsePass.isTransparent()) {
            send(data, last);
        } else {
            responsePass.body(data, last);
        }
    }

    @Override
    public void responseTrailers(Headers trailers) {
        if (responsePass.isTransparent()) {
            client().trailers(trailers);
            finish(true);
        } else {
            responsePass.trailers(trailers);
        }
    }

    @Override
    public void retried(@Nullable ProxyFailure failure) {
        CompiledRoute.Target drawn = target;
        if (drawn != null && failure != null) {
            drawn.stats(context.loop).failure(failure.kind());
        }
    }

    @Override
    public void failed(ProxyFailure failure) {
        if (tunnel) {
            finish(true);
        } else {
            fail(failure);
        }
    }

    private void dropHead() {
        SharedHead head = kept;
        if (head != null) {
            kept = null;
            head.release();
        }
    }

    private void upgrade(ResponseHead head) {
        tunnel = true;
        halfCloseNanos = frontend().settings().connections().halfClose().tunnel().toNanos();
        headSent = true;
        record.status(101);
        complete();
        client().tunnel(head);
        dropHead();
        // A tunnel may last for days: it must keep neither this generation of routes and filters nor the heads.
        frontend = null;
        request = null;
        response = null;
        route = null;
        target = null;
        matched = null;
        filtersSeen.leave();
        filtersSeen = FilterSet.Instances.NONE;
        requestPass.forget();
        responsePass.forget();
        forwarder.forget();
        attributes.clear();
        endView();
        deadlines.clear();
        context.loop.metrics().tunnelsOpen++;
    }

    /// One direction of a tunnel has ended; the other goes on, until it ends or nothing moves for a while.
    private void halfClosed() {
        if (live) {
            deadlines.begin(context.loop.nanoTime(), 0, halfCloseNanos);
        }
    }

    private final class ResponseExit implements FilterPass.Exit {
        @Override
        public void head(long bodyLength, boolean last) {
            ResponseHead head = java.util.Objects.requireNonNull(response);
            long framing = bodyLength == FilterPass.UNCHANGED ? framing(head, last) : bodyLength >= 0 ? bodyLength
                    : Framing.CHUNKED;
            headSent = true;
            record.status(head.status());
            client().head(head, framing, last);
            if (last) {
                finish(true);
            }
        }

        @Override
        public void body(ByteBuf data, boolean last) {
            send(data, last);
        }

        @Override
        public void trailers(Headers trailers) {
            client().trailers(trailers);
            finish(true);
        }

        @Override
        public void reply(LocalReply reply) {
            if (headSent) {
                filterBroke("-", null, "replied after the response's head had gone out");
            } else {
                HttpExchange.this.replyPlain(reply);
            }
        }

        @Override
        public void broken(String filter, @Nullable Throwable cause, String what) {
            filterBroke(filter, cause, what);
        }

        @Override
        public void heldTooMuch() {
            fail(Failures.HELD_RESPONSE);
        }

        @Override
        public void congested(boolean yes) {
            forwarder.reading(!yes);
        }
    }

    private static long framing(ResponseHead head, boolean last) {
        if (last) {
            // A response to HEAD and a 304 may tell the length that a body would have (RFC 9110, 8.6).
            boolean none = head.status() == 204 || head.status() == 304 && head instanceof LocalHead;
            return none ? Framing.NONE : Math.max(Framing.NONE, head.contentLength());
        }
        return head.contentLength() >= 0 ? head.contentLength() : Framing.CHUNKED;
    }

    private void send(ByteBuf data, boolean last) {
        client().body(data, last);
        if (last) {
            finish(true);
        } else {
            slow();
        }
    }

    private void slow() {
        if (!client().writable()) {
            client().flush();
            if (live && !client().writable()) {
                forwarder.reading(false);
            }
        }
    }

    // ---- the gateway answers itself

    private void reply(LocalReply given) {
        LocalReply reply = whole(given);
        requestPass.end();
        forwarder.cancel();
        local = true;
        record.reason(reply.reason());
        LocalHead head = LocalHead.of(reply, context.date());
        response = head;
        responding = true;
        boolean last = bodiless(reply) || request().isHead();
        responsePass.end();
        responsePass.begin(view, filtersSeen, requestPassSeen(filtersSeen));
        responsePass.head(last);
        if (!last && live && local) {
            responsePass.body(Unpooled.wrappedBuffer(reply.body()), true);
        }
        flushClient();
    }

    /// A reply that no filter sees any more.
    private void replyPlain(LocalReply given) {
        LocalReply reply = whole(given);
        requestPass.end();
        responsePass.end();
        forwarder.cancel();
        record.reason(reply.reason());
        LocalHead head = LocalHead.of(reply, context.date());
        response = head;
        responding = true;
        headSent = true;
        local = true;
        record.status(reply.status());
        boolean last = bodiless(reply) || request().isHead();
        client().head(head, framing(head, last), last);
        if (!last) {
            client().body(Unpooled.wrappedBuffer(reply.body()), true);
        }
        client().flush();
        finish(true);
    }

    private LocalReply whole(LocalReply reply) {
        return reply.message() == null
                ? reply
                : frontend().errorPage().whole(reply, id(), request().headers().first(ErrorPage.ACCEPT));
    }

    /// A 204 or 304 has no body, whatever a filter says (RFC 9110, 6.4.1).
    private static boolean bodiless(LocalReply reply) {
        return reply.body().length == 0 || reply.status() == 204 || reply.status() == 304;
    }

    private void flushClient() {
        ClientStream stream = client;
        if (stream != null) {
            stream.flush();
        }
    }

    private void fail(ProxyFailure failure) {
        record.failure(failure);
        CompiledRoute.Target drawn = target;
        if (drawn != null && failure.origin() == Origin.UPSTREAM) {
            drawn.stats(context.loop).failure(failure.kind());
        }
        if (headSent) {
            requestPass.end();
            responsePass.end();
            forwarder.cancel();
            client().abort();
            finish(false);
            return;
        }
        LocalReply page = Replies.failure(failure);
        try {
            if (responding) {
                replyPlain(page);
            } else {
                reply(page);
            }
        } catch (OutOfMemoryError e) {
            // Nobody above could tell the client: this may be the upstream's connection or a timer.
            context.loop.metrics().outOfMemory(e);
            client().abort();
            finish(false);
        }
    }

    private void filterBroke(String filter, @Nullable Throwable cause, String what) {
        LOG.error("filter {} {} on route {}; request {} is answered with 500", filter, what, routeName(), id(), cause);
        fail(Failures.FILTER_FAILED);
    }

    private final class Expiry implements Deadlines.Expiry {
        @Override
        public boolean moved() {
            return HttpExchange.this.moved();
        }

        @Override
        public void expired(boolean silence) {
            try {
                HttpExchange.this.expired(silence);
            } catch (Throwable e) {
                broke(e);
            }
        }
    }

    /// Whether either side has taken something since the last call. While a filter waits neither side is awaited: the filter has a
    /// deadline of its own.
    private boolean moved() {
        if (!live) {
            return false;
        }
        ClientStream stream = client();
        long byClient = stream.bytesSent() - stream.untaken();
        long byUpstream = forwarder.taken();
        boolean moved = byClient != takenByClient || byUpstream != takenByUpstream || isFilterWaiting();
        takenByClient = byClient;
        takenByUpstream = byUpstream;
        return moved;
    }

    /// Whether the client is the one who is awaited, since it is to send more of its request.
    private boolean isClientAwaited() {
        return !requestEnded && !requestPass.isCongested() && !forwarder.isAwaited()
                && !(bodyReceived == 0 && client().awaitsContinue());
    }

    private void expired(boolean silence) {
        if (!live) {
            return;
        }
        if (tunnel) {
            finish(true);
            return;
        }
        ClientStream stream = client();
        if (silence && doubtful) {
            doubtful = false;
            if (stream.untaken() == 0) {
                abandon();
            } else {
                // It is slow: the route's own time counts.
                CompiledRoute matched = route;
                deadlines.silence(matched == null ? 0 : matched.silenceNanos());
            }
            return;
        }
        if (silence && headSent && (stream.untaken() > 0 || !stream.writable())) {
            fail(Failures.SLOW_READER);
        } else if (isClientAwaited()) {
            fail(silence ? Failures.SLOW_BODY : Failures.SLOW_REQUEST_BODY);
        } else {
            fail(silence ? Failures.SILENCE : Failures.SLOW_REQUEST);
        }
    }

    // ---- the border

    /// The border around an exchange: what anything in it throws ends here, whoever called. It costs this exchange a 500, or its connection
    /// where the response has begun, and nobody else anything.
    @Override
    public void broke(Throwable thrown) {
        ProxyFailure failure = Failures.INTERNAL_ERROR;
        if (thrown instanceof OutOfMemoryError error) {
            context.loop.metrics().outOfMemory(error);
            failure = Failures.NO_MEMORY;
        } else {
            context.faults.tell(live ? id() : "-", live ? routeName() : "-", thrown);
        }
        if (!live) {
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
            context.faults.tell(live ? id() : "-", live ? routeName() : "-", thrown);
        }
        if (live) {
            client().abort();
            finish(false);
        }
    }

    // ---- the end

    private void complete() {
        for (int i = 0, seen = requestPassSeen(filtersSeen); i < seen; i++) {
            if (filtersSeen.complete(i)) {
                try {
                    filtersSeen.at(i).onComplete(present(view));
                } catch (Throwable e) {
                    LOG.error("filter {} threw in onComplete", filtersSeen.slot(i).spec().name(), e);
                }
            }
        }
    }

    private void finish(boolean whole) {
        if (!live) {
            return;
        }
        ClientStream stream = client();
        record.bytesReceived(stream.bytesReceived());
        record.bytesSent(stream.bytesSent());
        if (tunnel) {
            context.loop.metrics().tunnelsOpen--;
        } else {
            complete();
        }
        record.end(context.loop.nanoTime());
        RouteStats counted = stats;
        if (counted != null) {
            context.loop.metrics().exchange(counted, record);
        }
        if (logged) {
            context.loop.accessLog().write(record);
        }
        live = false;
        generation++;
        endView();
        requestPass.end();
        responsePass.end();
        requestPass.forget();
        responsePass.forget();
        forwarder.end();
        deadlines.clear();
        attributes.clear();
        record.reset();
        client = null;
        frontend = null;
        peer = null;
        clientAddress = null;
        request = null;
        response = null;
        dropHead();
        route = null;
        target = null;
        matched = null;
        stats = null;
        filtersSeen.leave();
        filtersSeen = FilterSet.Instances.NONE;
        context.give(this);
        if (whole) {
            stream.completed();
        }
    }

    private void endView() {
        ExchangeView shown = view;
        if (shown != null) {
            view = null;
            shown.end();
        }
    }

    // ---- what filters see

    private ClientStream client() {
        return present(client);
    }

    private Frontend frontend() {
        return present(frontend);
    }

    ReceivedRequest request() {
        return present(request);
    }

    private static <T> T present(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the exchange is over");
        }
        return part;
    }

    @Nullable ResponseHead response() {
        return response;
    }

    InetAddress clientAddress() {
        return present(clientAddress);
    }

    InetAddress peerAddress() {
        return present(peer).address;
    }

    String id() {
        String id = request().headers().first(HeaderName.X_REQUEST_ID);
        return id == null ? "-" : id;
    }

    String routeName() {
        CompiledRoute matched = route;
        return matched == null ? "-" : matched.route().origin();
    }

    long elapsedNanos() {
        return context.loop.nanoTime() - record.startNanos();
    }

    Attributes attributes() {
        return attributes;
    }

    Resumption suspend(Duration deadline, FilterDecision onDeadline) {
        FilterPass pass = calling;
        if (clientEnded) {
            int now = generation;
            context.loop.executor().execute(() -> {
                try {
                    if (live && generation == now && isFilterWaiting()) {
                        abandon();
                    }
                } catch (Throwable e) {
                    broke(e);
                }
            });
        }
        return new LoopResumption(context.loop, deadline, onDeadline, generation, (by, decision, born) -> {
            if (live && generation == born) {
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
        if (live && !requestEnded && requestPass.isHolding()) {
            client().proceed();
        }
        flushClient();
    }

    void rematch() {
        ReceivedRequest head = request();
        if (responding || !requestPass.walkingHead()) {
            throw new IllegalStateException("the route can only be chosen again from onRequestHead");
        }
        int seen = requestPass.seen();
        FilterSet.Instances before = filtersSeen;
        choose(head, frontend());
        limit();
        FilterSet.Instances now = before.rematched(seen, filters());
        now.enter();
        before.leave();
        filtersSeen = now;
        requestPass.replace(now);
    }
}
