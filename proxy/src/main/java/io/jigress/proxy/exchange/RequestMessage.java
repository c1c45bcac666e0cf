package io.jigress.proxy.exchange;

import io.jigress.api.Headers;
import io.jigress.api.LocalReply;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.compile.FilterSet;
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.ReceivedRequest;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The request of an exchange: its head, its way through the filters, how much of it has come. What has passed the filters goes to the
/// [Forwarder]. Event loop only.
final class RequestMessage implements MessageExit {
    private static final int UNLIMITED = -1;
    private static final Mirror[] NO_MIRRORS = new Mirror[0];

    final FilterPass pass;
    private final ExchangeHandler exchange;
    private final Forwarder forwarder;

    private @Nullable ReceivedRequest head;
    private Mirror[] mirrors = NO_MIRRORS;
    private boolean ended;
    private long received;
    private long limit;

    RequestMessage(ExchangeHandler exchange, Forwarder forwarder, int heldLimit) {
        this.exchange = exchange;
        this.forwarder = forwarder;
        this.pass = new FilterPass(exchange, this, false, heldLimit);
    }

    void begin(ReceivedRequest request, boolean last) {
        head = request;
        ended = last;
        received = 0;
        limit = UNLIMITED;
    }

    ReceivedRequest head() {
        ReceivedRequest request = head;
        if (request == null) {
            throw new IllegalStateException("the exchange is over");
        }
        return request;
    }

    /// Whether its head is still here; a tunnel keeps none.
    boolean isPresent() { return head != null; }

    /// Whether all of it has come.
    boolean ended() {
        return ended;
    }

    /// Whether anything of its body has come.
    boolean begun() {
        return received > 0;
    }

    /// @param bytes the longest body; -1 means no limit
    void limit(long bytes) {
        limit = bytes;
    }

    /// Whether the head announces a body that is longer than allowed.
    boolean announcesTooMuch() {
        return limit >= 0 && head().contentLength() > limit;
    }

    /// Counts a part of the body; false when there is more than allowed.
    boolean count(int bytes, boolean last) {
        received += bytes;
        ended |= last;
        return limit < 0 || received <= limit;
    }

    /// Through the filters, or past them; takes ownership.
    void receive(ByteBuf data, boolean last) {
        if (pass.isTransparent()) {
            send(data, last);
        } else {
            pass.body(data, last);
        }
    }

    void receive(Headers trailers) {
        ended = true;
        if (pass.isTransparent()) {
            trailers(trailers);
        } else {
            pass.trailers(trailers);
        }
    }

    /// How many of the filters have seen it.
    int seenBy(FilterSet.Instances filters) {
        return Math.min(filters.size(), pass.seen());
    }

    private void send(ByteBuf data, boolean last) {
        for (Mirror mirror : mirrors) {
            mirror.body(data.retainedSlice(), last);
        }
        forwarder.send(data, last);
    }

    /// Sends copies to the mirrors of a route, of the head as it goes upstream and of the body that follows.
    ///
    /// @param noBody whether none follows
    void mirror(ExchangeContext context, CompiledRoute route, ReceivedRequest request, boolean noBody) {
        if (route.mirrors().length == 0 || !request.upgradeProtocols().isEmpty()) {
            return;
        }
        List<Mirror> begun = new ArrayList<>();
        for (CompiledRoute.Mirror to : route.mirrors()) {
            Mirror mirror = to.draws(context.loop)
                    ? Mirror.begin(context, to.target(), new CopiedRequest(request), noBody, route)
                    : null;
            if (mirror != null) {
                begun.add(mirror);
            }
        }
        mirrors = begun.toArray(Mirror[]::new);
    }

    /// The exchange needs the head no more.
    void forget() {
        for (Mirror mirror : mirrors) {
            mirror.requestOver();
        }
        mirrors = NO_MIRRORS;
        head = null;
        pass.forget();
    }

    /// What the head says of the body that is forwarded.
    ///
    /// @param bodyLength as [MessageExit#head] tells it
    static void frame(ReceivedRequest request, long bodyLength) {
        if (bodyLength >= 0) {
            request.framing(bodyLength);
        } else if (bodyLength == UNKNOWN) {
            request.framing(Framing.CHUNKED);
        }
    }

    // ---- out of the filters

    @Override
    public void head(long bodyLength, boolean last) {
        exchange.dispatch(bodyLength, last);
    }

    @Override
    public void body(ByteBuf data, boolean last) {
        send(data, last);
    }

    @Override
    public void trailers(Headers trailers) {
        for (Mirror mirror : mirrors) {
            mirror.trailers(trailers);
        }
        forwarder.sendTrailers(trailers);
    }

    @Override
    public void reply(LocalReply reply) {
        exchange.replies.replyOfFilter(reply, false);
    }

    @Override
    public void broken(String filter, @Nullable Throwable cause, String what) {
        exchange.filterBroke(filter, cause, what);
    }

    @Override
    public void heldTooMuch() {
        exchange.fail(Failures.HELD_REQUEST);
    }

    @Override
    public void congested(boolean yes) {
        exchange.client().reading(!yes && !forwarder.isCongested());
    }

    @Override
    public boolean addsFilters() {
        return exchange.actions.draw();
    }

    @Override
    public boolean isWritable() { return !forwarder.isCongested(); }

    @Override
    public boolean isBodiless() { return false; }

    @Override
    public void touch() {
        exchange.timeouts.deadlines.touch();
    }

    @Override
    public void broke(Throwable thrown) {
        exchange.broke(thrown);
    }
}
