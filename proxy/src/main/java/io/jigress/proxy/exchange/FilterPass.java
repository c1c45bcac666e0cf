package io.jigress.proxy.exchange;

import io.jigress.api.FilterDecision;
import io.jigress.api.Headers;
import io.jigress.api.Resumption;
import io.jigress.api.ListHeaders;
import io.jigress.proxy.compile.FilterSet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// One message on its way through the filters: the only class that walks them, in one direction. Holds heads and bodies back as
/// filters ask, and checks that they keep to their contract.
///
/// A message is `head`, then `body` parts, then maybe `trailers`. While a filter waits, what arrives is kept in `inbox`; while one holds the
/// head, the body that has passed the filters before it grows in `held`. Event loop only; reused for each exchange.
final class FilterPass {
    private final MessageExit exit;
    private final FilterCalls filters;
    private final Inbox inbox;
    private final int heldLimit;
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
    private @Nullable ByteBuf held;
    private @Nullable ByteBuf current;
    private boolean currentLast;
    private int currentAt;
    private @Nullable Headers trailers;

    FilterPass(ExchangeHandler exchange, MessageExit exit, boolean response, int heldLimit) {
        this.exit = exit;
        this.filters = new FilterCalls(exchange, this, exit, response);
        this.inbox = new Inbox(exit);
        this.heldLimit = heldLimit;
    }

    /// Begins a message.
    ///
    /// @param view what the filters are given; null when there are none
    /// @param size how many of the filters take part; a response passes those that saw the request, in reverse
    void begin(@Nullable ExchangeView view, FilterSet.Instances instances, int size) {
        filters.begin(view, instances, size);
        inbox.begin();
        at = 0;
        headDone = false;
        holding = false;
        suspended = false;
        headWaits = false;
        awaited = null;
        begun = false;
        ended = false;
    }

    /// Lets go of the filters, so that an exchange at rest keeps no old generation alive.
    void forget() {
        filters.forget();
        at = 0;
    }

    boolean isCongested() { return inbox.isCongested(); }

    long heldBytes() {
        return BodyPart.length(held) + BodyPart.length(current) + inbox.length();
    }

    /// Ends the message wherever it is; nothing comes out any more.
    void end() {
        ended = true;
        suspended = false;
        held = BodyPart.release(held);
        current = BodyPart.release(current);
        inbox.clear();
        trailers = null;
        awaited = null;
    }

    /// Whether bodies and trailers pass untouched, so that the caller need not come here.
    boolean isTransparent() { return headDone && !suspended && !filters.anyBody(); }

    /// How many filters have seen the head, the one that is looking at it included.
    int seen() {
        return !begun ? 0 : headDone ? filters.size() : Math.min(filters.size(), at + 1);
    }

    /// The route was chosen anew: other filters come after those that have run.
    void replace(FilterSet.Instances now) {
        filters.replace(now);
    }

    boolean isHolding() { return holding; }

    /// Whether a filter waits.
    boolean isSuspended() { return suspended; }

    boolean isWalkingHead() { return !headDone && !ended; }

    void head(boolean last) {
        headLast = last;
        begun = true;
        walk();
        goOn();
    }

    void body(ByteBuf data, boolean last) {
        if (ended) {
            data.release();
            return;
        }
        if (suspended || !headDone && !holding) {
            inbox.add(data, last);
            return;
        }
        pass(data, last, 0);
        goOn();
    }

    void trailers(Headers received) {
        if (ended) {
            return;
        }
        trailers = received;
        if (!suspended && (headDone || holding)) {
            goOn();
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
            if (headAnswer(decision)) {
                walk();
            }
        } else {
            current = null;
            int from = currentAt;
            if (holding && from == at) {
                if (heldAnswer(decision, data, currentLast)) {
                    walk();
                }
            } else if (decision instanceof FilterDecision.Continue) {
                pass(data, currentLast, from + 1);
            } else {
                data.release();
                otherwise(decision, from);
            }
        }
        goOn();
    }

    // ---- the head

    /// Shows the head to one filter after the other, as far as it gets.
    private void walk() {
        while (!ended && !suspended && !holding && at < filters.size()) {
            if (!filters.wantsHead(at)) {
                at++;
                continue;
            }
            FilterDecision decision = filters.head(at);
            if (decision == null || !headAnswer(decision)) {
                return;
            }
        }
        if (!ended && !suspended && !holding && !headDone) {
            headThrough();
        }
    }

    /// Takes an answer to a head; true when the walk goes on.
    private boolean headAnswer(FilterDecision decision) {
        return switch (decision) {
            case FilterDecision.Continue _ -> {
                at++;
                yield true;
            }
            case FilterDecision.HoldHead _ -> {
                if (!filters.wantsBody(at)) {
                    filters.broken(at, null, "holds the head but has no body callback");
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
        for (int step = whole == null ? 0 : currentAt; step < filters.size(); step++) {
            more |= filters.wantsBody(step);
        }
        if (whole == null) {
            exit.head(filters.anyBody() && !headLast ? MessageExit.UNKNOWN : MessageExit.UNCHANGED, headLast);
            return;
        }
        boolean last = currentLast;
        int from = currentAt;
        boolean complete = last && !more;
        int length = whole.readableBytes();
        // The exchange may end within exit.head: from here on the bytes are this method's.
        current = null;
        exit.head(complete ? headLast && length == 0 ? MessageExit.UNCHANGED : length : MessageExit.UNKNOWN,
                complete && length == 0);
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
        int end = headDone ? filters.size() : at;
        ByteBuf part = data;
        for (int step = from; step < end; step++) {
            if (!filters.wantsBody(step)) {
                continue;
            }
            FilterDecision decision = filters.body(step, part, last);
            part = filters.left();
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
                otherwise(decision, step);
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
        ByteBuf all = Parts.join(held, part);
        held = null;
        if (all.readableBytes() > heldLimit) {
            all.release();
            exit.heldTooMuch();
            return;
        }
        FilterDecision decision = filters.body(at, all, last);
        ByteBuf left = filters.left();
        if (decision == null) {
            left.release();
        } else if (heldAnswer(decision, left, last)) {
            walk();
        }
    }

    /// Takes an answer to a held body; true when the head goes on, with the body behind it.
    private boolean heldAnswer(FilterDecision decision, ByteBuf all, boolean last) {
        return switch (decision) {
            case FilterDecision.Continue _ -> {
                holding = false;
                at++;
                current = all;
                // Trailers end the message where there are any.
                currentLast = last && trailers == null;
                currentAt = at;
                yield true;
            }
            case FilterDecision.HoldHead _ -> {
                if (last) {
                    all.release();
                    filters.broken(at, null, "holds the head beyond the end of the body");
                } else {
                    held = all;
                }
                yield false;
            }
            case FilterDecision.Wait(Resumption resumption) -> {
                suspended = true;
                awaited = resumption;
                current = all;
                currentLast = last;
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

    // ---- what was left over

    /// Goes on with what arrived while a filter waited.
    private void goOn() {
        if (ended || suspended || !headDone && !holding) {
            return;
        }
        ByteBuf waiting = inbox.take();
        if (waiting != null) {
            pass(waiting, inbox.last(), 0);
            if (ended || suspended) {
                return;
            }
        }
        inbox.backpressure();
        Headers end = trailers;
        if (end == null) {
            return;
        }
        if (holding) {
            // For the filter that holds the head the body is whole; the trailers follow when it lets go.
            pass(Unpooled.EMPTY_BUFFER, true, at);
            if (ended || suspended || holding) {
                return;
            }
        }
        trailers = null;
        endWithTrailers(end);
    }

    private void endWithTrailers(Headers end) {
        for (int step = 0; step < filters.size(); step++) {
            if (filters.wantsBody(step)) {
                FilterDecision decision = filters.trailers(step, end);
                if (!(decision instanceof FilterDecision.Continue)) {
                    if (decision != null) {
                        otherwise(decision, step);
                    }
                    return;
                }
            }
        }
        exit.trailers(end);
    }

    private void otherwise(FilterDecision decision, int step) {
        if (decision instanceof FilterDecision.Reply reply) {
            exit.reply(reply.reply());
        } else {
            filters.broken(step, null, "answered " + decision.getClass().getSimpleName() + " where the head has gone");
        }
    }
}
