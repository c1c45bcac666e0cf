package io.jigress.proxy.exchange;

import io.jigress.api.FilterDecision;
import io.jigress.api.Headers;
import io.jigress.api.LocalReply;
import io.jigress.api.Resumption;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// Passes the body and the trailers of a message from filter to filter. A part stops before a step that the head has not passed, that
/// waits, or that has other parts queued before it, and stays there until [#goOn] finds the step open. Event loop only.
final class BodyWalk {
    private final MessageExit exit;
    private final FilterCalls filters;
    private final FilterSteps steps;
    private final HeadWalk head;

    BodyWalk(MessageExit exit, FilterCalls filters, FilterSteps steps, HeadWalk head) {
        this.exit = exit;
        this.filters = filters;
        this.steps = steps;
        this.head = head;
    }

    /// Whether a part that reaches a step has to be queued before it.
    private boolean isClosed(int i) {
        return head.isBefore(i) || steps.waits(i);
    }

    /// Passes a part to the filters from one step on, as far as possible; takes ownership.
    void enter(int from, ByteBuf data, boolean last) {
        int i = from;
        while (!isClosed(i) && !steps.hasBytes(i)) {
            if (i == filters.size()) {
                if (data.isReadable() || last) {
                    exit.body(data, last);
                } else {
                    data.release();
                }
                return;
            }
            if (head.isHeldAt(i)) {
                head.hold(data, last);
                return;
            }
            if (filters.readsBody(i) && !steps.isSkipped(i)) {
                if (steps.isEnded(i)) {
                    data.release();
                } else {
                    FilterDecision decision = filters.body(i, data, last);
                    answer(i, decision, filters.left(), last);
                }
                return;
            }
            i++;
        }
        steps.at(i).add(data, last);
    }

    /// Applies a filter's decision on a part of the body.
    ///
    /// @param left what the filter left of it; takes ownership
    void answer(int i, @Nullable FilterDecision decision, ByteBuf left, boolean last) {
        switch (decision) {
            case FilterDecision.Continue _ -> pass(i, left, last);
            case FilterDecision.SkipBody _ -> {
                steps.at(i).skip();
                pass(i, left, last);
            }
            case FilterDecision.Wait(Resumption resumption) -> steps.at(i).waitWith(resumption, left, last);
            case FilterDecision.Reply(LocalReply reply) -> {
                left.release();
                exit.reply(reply);
            }
            case FilterDecision.HoldHead _ -> {
                left.release();
                tooLate(i);
            }
            case null -> left.release();
        }
    }

    private void pass(int i, ByteBuf left, boolean last) {
        boolean end = last && steps.endsWithInput(i);
        if (!steps.isEnded(i) && (end || left.isReadable())) {
            enter(i + 1, left, end);
        } else {
            left.release();
        }
    }

    /// Passes trailers to the filters from one step on, as far as possible.
    void enter(int from, Headers trailers) {
        int i = from;
        while (!isClosed(i) && !steps.hasBytes(i)) {
            if (i == filters.size()) {
                exit.trailers(trailers);
                return;
            }
            if (!steps.isSkipped(i)) {
                if (filters.readsBody(i) && !steps.at(i).isLastShown()) {
                    // The filter is first called with the complete body, then with the trailers.
                    steps.at(i).lastShown();
                    steps.at(i).add(trailers);
                    enter(i, Unpooled.EMPTY_BUFFER, true);
                    return;
                }
                if (filters.wantsTrailers(i)) {
                    answer(i, filters.trailers(i, trailers), trailers);
                    return;
                }
                if (steps.writer(i) != null) {
                    return;
                }
            }
            i++;
        }
        steps.at(i).add(trailers);
    }

    /// Applies a filter's decision on trailers.
    void answer(int i, @Nullable FilterDecision decision, Headers trailers) {
        switch (decision) {
            case FilterDecision.Continue _,FilterDecision.SkipBody _ -> {
                if (steps.writer(i) == null) {
                    enter(i + 1, trailers);
                }
            }
            case FilterDecision.Wait(Resumption resumption) -> steps.at(i).waitWith(resumption, trailers);
            case FilterDecision.Reply(LocalReply reply) -> exit.reply(reply);
            case FilterDecision.HoldHead _ -> tooLate(i);
            case null -> {}
        }
    }

    private void tooLate(int i) {
        filters.broken(i, null, "holds the head though it has gone");
    }

    /// Goes on with what is queued before steps that are open now, the last step first.
    void goOn() {
        boolean moved = true;
        while (moved) {
            moved = false;
            for (int i = steps.used() - 1; i >= 0; i--) {
                if (i < steps.used() && steps.at(i).hasInput() && !isClosed(i)) {
                    moved = true;
                    goOn(i, steps.at(i));
                }
            }
        }
    }

    private void goOn(int i, FilterStep step) {
        ByteBuf data = step.take();
        Headers trailers = data == null ? step.takeTrailers() : null;
        if (data != null) {
            enter(i, data, step.isLast());
        } else if (trailers != null) {
            enter(i, trailers);
        }
    }
}
