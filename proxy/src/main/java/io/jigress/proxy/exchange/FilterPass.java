package io.jigress.proxy.exchange;

import io.jigress.api.Body;
import io.jigress.api.FilterDecision;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.LocalReply;
import io.jigress.api.Resumption;
import io.jigress.proxy.compile.FilterSet;
import io.jigress.api.ListHeaders;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One message on its way through the filters: the only class that walks them, in one direction. Holds heads and bodies back as
/// filters ask, and checks that they keep to their contract.
///
/// A message is `head`, then `body` parts, then maybe `trailers`. While a filter waits, what arrives is kept in `inbox`; while one holds the
/// head, the body that has passed the filters before it grows in `held`. Event loop only; reused for each exchange.
final class FilterPass {

    /// Where a message goes when it is through, and what the pass needs to know of its exchange.
    interface Exit {
        /// @param bodyLength the length of the whole body when a filter changed it and it is known, -1 when it is not known any more, -2 when
        ///        no filter can have changed it
        void head(long bodyLength, boolean last);

        void body(ByteBuf data, boolean last);

        void trailers(Headers trailers);

        void reply(LocalReply reply);

        /// A filter broke: threw, or answered what it may not.
        void broken(String filter, @Nullable Throwable cause, String what);

        void heldTooMuch();

        /// More than a little is waiting: stop the sender, or let it go on.
        void congested(boolean yes);
    }

    /// The length of a body that a filter may still change.
    static final long UNKNOWN = -1;
    static final long UNCHANGED = -2;
    private static final int INBOX_BYTES = 64 * 1024;

    private final ExchangeHandler exchange;
    private final Exit exit;
    private final boolean response;
    private final int heldLimit;

    private @Nullable ExchangeView view;
    private FilterSet.Instances filters = FilterSet.Instances.NONE;
    private int size;
    /// The filter whose head callback is next.
    private int at;
    private boolean headDone;
    private boolean headLast;
    private boolean holding;
    private boolean suspended;
    /// The wait is at the head's callback, not at a body's.
    private boolean headWaits;
    private @Nullable Resumption awaited;
    private boolean begun;
    private boolean ended;
    private boolean congested;
    private @Nullable ByteBuf held;
    private @Nullable ByteBuf current;
    private boolean currentLast;
    private int currentAt;
    private @Nullable ByteBuf inbox;
    private boolean inboxLast;
    private @Nullable Headers trailers;

    /// What the callback at work sees.
    private @Nullable ByteBuf seen;
    private boolean seenLast;
    private @Nullable Part part;

    FilterPass(ExchangeHandler exchange, Exit exit, boolean response, int heldLimit) {
        this.exchange = exchange;
        this.exit = exit;
        this.response = response;
        this.heldLimit = heldLimit;
    }

    /// Begins a message.
    ///
    /// @param view what the filters are given; null when there are none
    /// @param size how many of the filters take part; a response passes those that saw the request, in reverse
    void begin(@Nullable ExchangeView view, FilterSet.Instances filters, int size) {
        this.view = view;
        this.filters = filters;
        part = null;
        this.size = size;
        at = 0;
        headDone = false;
        holding = false;
        suspended = false;
        headWaits = false;
        awaited = null;
        begun = false;
        ended = false;
        congested = false;
    }

    /// Lets go of the filters, so that an exchange at rest keeps no old generation alive.
    void forget() {
        view = null;
        part = null;
        filters = FilterSet.Instances.NONE;
        size = 0;
        at = 0;
    }

    private ExchangeView view() {
        return Objects.requireNonNull(view, "filters without a view");
    }

    boolean isCongested() { return congested; }

    long heldBytes() {
        return length(held) + length(current) + length(inbox);
    }

    private static long length(@Nullable ByteBuf bytes) {
        return bytes == null ? 0 : bytes.readableBytes();
    }

    /// Ends the message wherever it is; nothing comes out any more.
    void end() {
        ended = true;
        suspended = false;
        held = release(held);
        current = release(current);
        inbox = release(inbox);
        inboxLast = false;
        trailers = null;
        awaited = null;
    }

    /// Whether bodies and trailers pass untouched, so that the caller need not come here.
    boolean isTransparent() { return headDone && !suspended && !filters.anyBody(response); }

    /// How many filters have seen the head, the one that is looking at it included.
    int seen() {
        return !begun ? 0 : headDone ? size : Math.min(size, at + 1);
    }

    /// The route was chosen anew: other filters come after those that have run.
    void replace(FilterSet.Instances now) {
        filters = now;
        size = now.size();
    }

    boolean isHolding() { return holding; }

    /// Whether a filter waits.
    boolean isSuspended() { return suspended; }

    boolean walkingHead() {
        return !headDone && !ended;
    }

    void head(boolean last) {
        headLast = last;
        begun = true;
        walk();
        settle();
    }

    void body(ByteBuf data, boolean last) {
        if (ended) {
            data.release();
            return;
        }
        if (suspended || !headDone && !holding) {
            inbox = join(inbox, data);
            inboxLast = last;
            congestion();
            return;
        }
        pass(data, last, 0);
        settle();
    }

    void trailers(Headers received) {
        if (ended) {
            return;
        }
        trailers = received;
        if (!suspended && (headDone || holding)) {
            settle();
        }
        if (trailers != null) {
            // They are the decoder's, which goes on to other messages.
            trailers = ListHeaders.copyOf(received);
        }
    }

    /// The filter that waited has its answer.
    ///
    /// @param by the way back it took; one that nobody waits for is left unheard
    void resume(Resumption by, FilterDecision decision) {
        if (ended || !suspended || awaited != by) {
            return;
        }
        awaited = null;
        suspended = false;
        ByteBuf data = current;
        if (headWaits || data == null) {
            headWaits = false;
            if (headAnswer(decision, index(at))) {
                walk();
            }
        } else {
            current = null;
            int from = currentAt;
            if (holding && from == at) {
                seen = data;
                seenLast = currentLast;
                if (heldAnswer(decision)) {
                    walk();
                }
            } else if (decision instanceof FilterDecision.Continue) {
                pass(data, currentLast, from + 1);
            } else {
                data.release();
                otherwise(decision, index(from));
            }
        }
        settle();
    }

    // ---- the head

    private int index(int step) {
        return response ? size - 1 - step : step;
    }

    /// Shows the head to one filter after the other, as far as it gets.
    private void walk() {
        while (!ended && !suspended && !holding && at < size) {
            int i = index(at);
            if (response && !filters.responseHead(i)) {
                at++;
                continue;
            }
            FilterDecision decision;
            exchange.filters().calling(this);
            try {
                HttpFilter filter = filters.at(i);
                decision = response ? filter.onResponseHead(view()) : filter.onRequestHead(view());
            } catch (Throwable e) {
                broken(i, e, "threw");
                return;
            }
            if (decision instanceof FilterDecision.Continue) {
                at++;
            } else if (!headAnswer(decision, i)) {
                return;
            }
        }
        if (!ended && !suspended && !holding && !headDone) {
            headThrough();
        }
    }

    /// Takes an answer to a head; true when the walk goes on.
    private boolean headAnswer(FilterDecision decision, int i) {
        return switch (decision) {
            case FilterDecision.Continue _ -> {
                at++;
                yield true;
            }
            case FilterDecision.HoldHead _ -> {
                if (!filters.body(i, response)) {
                    broken(i, null, "holds the head but has no body callback");
                    yield false;
                }
                holding = true;
                if (current != null) {
                    ByteBuf data = current;
                    current = null;
                    pass(data, currentLast, currentAt);
                } else if (headLast) {
                    pass(Unpooled.EMPTY_BUFFER, true, at);
                }
                yield !holding;
            }
            case FilterDecision.Wait(Resumption resumption) -> {
                suspended = true;
                headWaits = true;
                awaited = resumption;
                yield false;
            }
            case FilterDecision.Reply reply -> {
                exit.reply(reply.reply());
                yield false;
            }
        };
    }

    private void headThrough() {
        headDone = true;
        ByteBuf whole = current;
        boolean more = false;
        for (int step = whole == null ? 0 : currentAt; step < size; step++) {
            more |= filters.body(index(step), response);
        }
        if (whole == null) {
            exit.head(filters.anyBody(response) && !headLast ? -1 : UNCHANGED, headLast);
            return;
        }
        boolean last = currentLast;
        int from = currentAt;
        boolean complete = last && !more;
        int length = whole.readableBytes();
        // The exchange may end within exit.head: from here on the bytes are this method's.
        current = null;
        exit.head(complete ? headLast && length == 0 ? UNCHANGED : length : -1, complete && length == 0);
        if (complete && length == 0) {
            whole.release();
        } else if (!ended) {
            pass(whole, last, from);
        } else {
            whole.release();
        }
    }

    // ---- the body

    /// Shows a part to the filters from one step on; hands it out behind the last, or keeps it where the head is held.
    private void pass(ByteBuf data, boolean last, int from) {
        int end = headDone ? size : at;
        ByteBuf part = data;
        for (int step = from; step < end; step++) {
            int i = index(step);
            if (!filters.body(i, response)) {
                continue;
            }
            FilterDecision decision = look(i, part, last);
            part = taken();
            if (decision instanceof FilterDecision.Continue) {
                continue;
            }
            if (decision instanceof FilterDecision.Wait(Resumption resumption)) {
                suspended = true;
                awaited = resumption;
                current = part;
                currentLast = last;
                currentAt = step;
                return;
            }
            part.release();
            if (decision != null) {
                otherwise(decision, i);
            }
            return;
        }
        if (headDone) {
            if (part.isReadable() || last) {
                exit.body(part, last);
            } else {
                part.release();
            }
            return;
        }
        hold(part, last);
    }

    private void hold(ByteBuf part, boolean last) {
        ByteBuf all = join(held, part);
        held = null;
        if (all.readableBytes() > heldLimit) {
            all.release();
            exit.heldTooMuch();
            return;
        }
        FilterDecision decision = look(index(at), all, last);
        if (decision == null) {
            taken().release();
        } else if (heldAnswer(decision)) {
            walk();
        }
    }

    /// Takes an answer to a held body; true when the head goes on, with the body behind it.
    private boolean heldAnswer(FilterDecision decision) {
        ByteBuf all = taken();
        return switch (decision) {
            case FilterDecision.Continue _ -> {
                holding = false;
                at++;
                current = all;
                currentLast = seenLast;
                currentAt = at;
                yield true;
            }
            case FilterDecision.HoldHead _ -> {
                if (seenLast) {
                    all.release();
                    broken(index(at), null, "holds the head beyond the end of the body");
                } else {
                    held = all;
                }
                yield false;
            }
            case FilterDecision.Wait(Resumption resumption) -> {
                suspended = true;
                awaited = resumption;
                current = all;
                currentLast = seenLast;
                currentAt = at;
                yield false;
            }
            case FilterDecision.Reply reply -> {
                all.release();
                exit.reply(reply.reply());
                yield false;
            }
        };
    }

    private @Nullable FilterDecision look(int i, ByteBuf data, boolean last) {
        seen = data;
        seenLast = last;
        int reader = data.readerIndex();
        int writer = data.writerIndex();
        exchange.filters().calling(this);
        try {
            HttpFilter filter = filters.at(i);
            FilterDecision decision = response
                    ? filter.onResponseBody(view(), part())
                    : filter.onRequestBody(view(), part());
            if (seen == data) {
                // What a filter reads it does not take away.
                data.setIndex(reader, writer);
            }
            return decision;
        } catch (Throwable e) {
            broken(i, e, "threw");
            return null;
        }
    }

    private ByteBuf taken() {
        ByteBuf data = seen;
        seen = null;
        return data == null ? Unpooled.EMPTY_BUFFER : data;
    }

    // ---- what was left over

    /// Goes on with what arrived while a filter waited.
    private void settle() {
        ByteBuf waiting = inbox;
        if (ended || suspended || !headDone && !holding) {
            return;
        }
        if (waiting != null) {
            inbox = null;
            boolean last = inboxLast;
            pass(waiting, last, 0);
            if (ended || suspended) {
                return;
            }
        }
        congestion();
        Headers end = trailers;
        if (end != null) {
            trailers = null;
            endWithTrailers(end);
        }
    }

    private void endWithTrailers(Headers end) {
        if (holding) {
            pass(Unpooled.EMPTY_BUFFER, true, 0);
            return;
        }
        for (int step = 0; step < size; step++) {
            int i = index(step);
            if (filters.body(i, response)) {
                try {
                    HttpFilter filter = filters.at(i);
                    FilterDecision decision = response
                            ? filter.onResponseTrailers(view(), view().trailers(end))
                            : filter.onRequestTrailers(view(), view().trailers(end));
                    if (!(decision instanceof FilterDecision.Continue)) {
                        otherwise(decision, i);
                        return;
                    }
                } catch (Throwable e) {
                    broken(i, e, "threw");
                    return;
                }
            }
        }
        exit.trailers(end);
    }

    private void otherwise(FilterDecision decision, int i) {
        if (decision instanceof FilterDecision.Reply reply) {
            exit.reply(reply.reply());
        } else {
            broken(i, null, "answered " + decision.getClass().getSimpleName() + " where the head has gone");
        }
    }

    private void broken(int i, @Nullable Throwable cause, String what) {
        exit.broken(filters.slot(i).spec().name(), cause, what);
    }

    private void congestion() {
        ByteBuf waiting = inbox;
        boolean now = waiting != null && waiting.readableBytes() > INBOX_BYTES;
        if (now != congested) {
            congested = now;
            exit.congested(now);
        }
    }

    private static ByteBuf join(@Nullable ByteBuf before, ByteBuf data) {
        if (before == null) {
            return data;
        }
        if (!data.isReadable()) {
            data.release();
            return before;
        }
        CompositeByteBuf both = before instanceof CompositeByteBuf composite
                ? composite
                : before.alloc().compositeBuffer(Integer.MAX_VALUE).addComponent(true, before);
        return both.addComponent(true, data);
    }

    private static @Nullable ByteBuf release(@Nullable ByteBuf data) {
        if (data != null) {
            data.release();
        }
        return null;
    }

    private Part part() {
        Part known = part;
        if (known == null) {
            known = new Part();
            part = known;
        }
        return known;
    }

    /// What a body callback is given; made anew for each message, so that one kept beyond its exchange reaches no other.
    private final class Part implements Body {

        private ByteBuf seen() {
            ByteBuf data = seen;
            if (data == null || part != this) {
                throw new IllegalStateException("no body callback is running");
            }
            return data;
        }

        @Override
        public ByteBuf data() {
            return seen();
        }

        @Override
        public boolean last() {
            seen();
            return seenLast;
        }

        @Override
        public void replace(ByteBuf data) {
            ByteBuf before;
            try {
                before = seen();
            } catch (IllegalStateException e) {
                data.release();
                throw e;
            }
            if (before != data) {
                before.release();
                seen = data;
            }
        }
    }
}
