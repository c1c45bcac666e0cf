package io.jigress.proxy.exchange;

import io.jigress.api.FilterDecision;
import io.jigress.api.Headers;
import io.jigress.api.Resumption;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// The head of a message on its way from filter to filter, up to one that holds it or waits; and what is held together with it. Event loop
/// only; reused for each message.
final class HeadWalk {
    private final MessageExit exit;
    private final FilterCalls filters;
    private final FilterSteps steps;
    private final int heldLimit;
    /// The filter whose head callback is next, or that holds the head.
    private int at;
    private boolean begun;
    private boolean last;
    private boolean done;
    private boolean holding;
    private boolean ended;

    HeadWalk(MessageExit exit, FilterCalls filters, FilterSteps steps, int heldLimit) {
        this.exit = exit;
        this.filters = filters;
        this.steps = steps;
        this.heldLimit = heldLimit;
    }

    void reset() {
        at = 0;
        begun = false;
        done = false;
        holding = false;
        ended = false;
    }

    void end() {
        ended = true;
    }

    boolean isDone() { return done; }

    boolean isHolding() { return holding; }

    boolean isUnderWay() { return !done && !ended; }

    /// How many filters have seen the head, the one that is looking at it included.
    int seen() {
        return !begun ? 0 : done ? filters.size() : Math.min(filters.size(), at + 1);
    }

    /// Whether a filter holds the head, and with it the body.
    boolean isHeldAt(int i) {
        return holding && i == at;
    }

    /// Whether the head has yet to pass a filter that does not hold it.
    boolean isBefore(int i) {
        return !done && i >= at && !isHeldAt(i);
    }

    /// @param noBody whether no body follows
    void begin(boolean noBody) {
        last = noBody;
        begun = true;
        go();
    }

    /// Shows the head to one filter after the other, as far as it gets.
    void go() {
        while (!ended && !holding && (at < filters.size() || !done && exit.addsFilters())) {
            if (!filters.wantsHead(at)) {
                at++;
                continue;
            }
            FilterDecision decision = filters.head(at);
            if (decision == null || !isPassed(decision)) {
                return;
            }
        }
        if (!ended && !holding && !done) {
            through();
        }
    }

    /// Takes the answer of a filter that waited with the head.
    void answer(FilterDecision decision) {
        if (isPassed(decision)) {
            go();
        }
    }

    /// Takes an answer to the head; true when it goes on.
    private boolean isPassed(FilterDecision decision) {
        return switch (decision) {
            case FilterDecision.Continue _ -> {
                at++;
                yield true;
            }
            case FilterDecision.SkipBody _ -> {
                steps.at(at).skip();
                at++;
                yield true;
            }
            case FilterDecision.HoldHead(Resumption resumption) -> {
                if (!filters.readsBody(at)) {
                    filters.broken(at, null, "holds the head but does not read the body");
                    yield false;
                }
                holding = true;
                steps.at(at).holdUntil(resumption);
                if (last && !steps.at(at).hasInput()) {
                    steps.at(at).add(Unpooled.EMPTY_BUFFER, true);
                }
                yield false;
            }
            case FilterDecision.Wait(Resumption resumption) -> {
                steps.at(at).waitWithHead(resumption);
                yield false;
            }
            case FilterDecision.Reply reply -> {
                exit.reply(reply.reply());
                yield false;
            }
        };
    }

    private void through() {
        done = true;
        boolean changed = steps.anyAdded() || filters.changed();
        FilterStep whole = wholeBody();
        if (whole != null) {
            long length = whole.inboxLength();
            if (length == 0) {
                BodyPart.release(whole.take());
            }
            boolean mended = length == 0 ? !last : changed;
            exit.head(mended ? length : MessageExit.UNCHANGED, length == 0);
        } else {
            boolean end = last && !steps.hasInput() && !steps.hasWriter();
            boolean open = changed || filters.anyChangesBody(0, steps);
            exit.head(open && !end ? MessageExit.UNKNOWN : MessageExit.UNCHANGED, end);
        }
    }

    /// The step that has the whole body in front of it, with no filter behind that may change it; null when there is none.
    private @Nullable FilterStep wholeBody() {
        for (int i = steps.used() - 1; i >= 0; i--) {
            FilterStep step = steps.at(i);
            if (step.hasInput()) {
                return step.isLast() && !step.hasTrailers() && !filters.anyChangesBody(i, steps) ? step : null;
            }
        }
        return null;
    }

    // ---- a body that is held with it

    /// Adds a part to what the filter holds, and shows it all; takes ownership.
    void hold(ByteBuf part, boolean end) {
        ByteBuf all = Parts.join(steps.at(at).takePart(), part);
        if (all.readableBytes() > heldLimit) {
            all.release();
            exit.heldTooMuch();
            return;
        }
        steps.at(at).holdUntil(null);
        FilterDecision decision = filters.body(at, all, end, end ? steps.at(at).trailersInFront() : null);
        ByteBuf left = filters.left();
        if (decision == null) {
            left.release();
        } else {
            answer(decision, left, end);
        }
    }

    /// Takes an answer to what is held; when the head goes on, the body follows.
    void answer(FilterDecision decision, ByteBuf all, boolean end) {
        switch (decision) {
            case FilterDecision.Continue _,FilterDecision.SkipBody _ -> {
                if (decision instanceof FilterDecision.SkipBody) {
                    steps.at(at).skip();
                }
                holding = false;
                int holder = at++;
                Headers trailers = steps.at(holder).trailersInFront();
                if (end && trailers != null && trailers.size() == 0) {
                    steps.at(holder).takeTrailers();
                }
                if (steps.isEnded(holder) || !end && !all.isReadable()) {
                    all.release();
                } else {
                    steps.at(at).add(all, end && steps.endsWithInput(holder));
                }
                go();
            }
            case FilterDecision.HoldHead(Resumption resumption) -> {
                if (end) {
                    all.release();
                    filters.broken(at, null, "holds the head beyond the end of the body");
                } else {
                    steps.at(at).hold(all, false);
                    steps.at(at).holdUntil(resumption);
                }
            }
            case FilterDecision.Wait(Resumption resumption) -> steps.at(at).waitWith(resumption, all, end);
            case FilterDecision.Reply reply -> {
                all.release();
                exit.reply(reply.reply());
            }
        }
    }
}
