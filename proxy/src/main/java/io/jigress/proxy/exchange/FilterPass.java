package io.jigress.proxy.exchange;

import io.jigress.api.BodyWriter;
import io.jigress.api.FilterDecision;
import io.jigress.api.Headers;
import io.jigress.api.Resumption;
import io.jigress.proxy.compile.FilterSet;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Passes one message through the filters, in one direction. Holds parts back when filters ask for it, and checks that filters keep their contract.
///
/// A message is `head`, then `body` parts, then maybe `trailers`. Each filter is a step: [HeadWalk] takes the head from step to step, [BodyWalk] what
/// follows, [FilterStep] is what waits at a step. What a filter sends by itself enters at the step behind it. Event loop only; reused for
/// each exchange.
final class FilterPass {
    /// If more bytes than this are queued before filters, the sender is paused.
    private static final int WAITING_BYTES = 64 * 1024;

    private final MessageExit exit;
    private final FilterCalls filters;
    private final FilterSteps steps = new FilterSteps();
    private final HeadWalk head;
    private final BodyWalk body;
    private final int heldLimit;
    /// Sends the streamed body of a local reply; null if the message is not such a reply, or its body is complete.
    private @Nullable StepWriter source;
    private boolean congested;
    private boolean ended;
    /// While a part is being passed on, what filters send is queued.
    private boolean running;

    FilterPass(ExchangeHandler exchange, MessageExit exit, boolean response, int heldLimit) {
        this.exit = exit;
        this.filters = new FilterCalls(exchange, this, exit, response);
        this.head = new HeadWalk(exit, filters, steps, heldLimit);
        this.body = new BodyWalk(exit, filters, steps, head);
        this.heldLimit = heldLimit;
    }

    /// Begins a message.
    ///
    /// @param view what the filters are given; null when there are none
    /// @param size how many of the filters take part; a response passes those that saw the request, in reverse
    void begin(@Nullable ExchangeView view, FilterSet.Instances instances, int size) {
        filters.begin(view, instances, size);
        clear();
        head.reset();
        congested = false;
        ended = false;
        running = false;
    }

    /// Drops the references to the filters, so that an idle exchange does not keep an old generation from being collected.
    void forget() {
        filters.forget();
        head.reset();
    }

    /// Ends the message; nothing more of it is passed on.
    void end() {
        ended = true;
        head.end();
        clear();
    }

    private void clear() {
        steps.clear();
        StepWriter writer = source;
        if (writer != null) {
            source = null;
            writer.over();
        }
    }

    /// The route was chosen anew: other filters come after those that have run.
    void replace(@Nullable ExchangeView view, FilterSet.Instances now) {
        filters.replace(view, now);
    }

    // ---- its state

    boolean isCongested() { return congested; }

    long heldBytes() {
        return steps.length();
    }

    /// Whether no filter sees bodies and trailers, so that the caller can bypass this pass.
    boolean isTransparent() { return head.isDone() && !filters.anyTakesBody(steps) && steps.isEmpty(); }

    /// How many filters take part.
    int size() {
        return filters.size();
    }

    int seen() {
        return head.seen();
    }

    boolean isHolding() { return head.isHolding(); }

    /// Whether a filter waits.
    boolean isSuspended() { return steps.anyWaits(); }

    boolean isWalkingHead() { return head.isUnderWay(); }

    /// Whether the filters from a step on, and the receiver, accept more.
    boolean isWritable(int entry) { return steps.inboxLength(entry) <= WAITING_BYTES && exit.isWritable(); }

    // ---- what arrives

    void head(boolean last) {
        running = true;
        head.begin(last);
        goOn();
    }

    /// Takes ownership.
    void body(ByteBuf data, boolean last) {
        if (ended) {
            data.release();
            return;
        }
        running = true;
        body.enter(0, data, last);
        goOn();
    }

    void trailers(Headers received) {
        if (!ended) {
            running = true;
            body.enter(0, received);
            goOn();
        }
    }

    /// A filter that waited, or holds the head, resumes.
    ///
    /// @param by its resumption; ignored if no step waits for it
    void resume(Resumption by, Resumption.Continuation continuation) {
        int i = steps.waitingFor(by);
        if (i >= 0) {
            running = true;
            resume(i, continuation);
            goOn();
        }
    }

    private void resume(int i, Resumption.Continuation continuation) {
        FilterStep step = steps.at(i);
        FilterStep.Wait before = step.goOn();
        Headers trailers = step.takeAwaited();
        ByteBuf part = step.takePart();
        boolean last = part != null && step.isPartLast();
        FilterDecision decision = filters.resumed(i, continuation, part, last, trailers,
                last && head.isHeldAt(i) ? step.trailersInFront() : null);
        ByteBuf left = filters.left();
        if (decision == null) {
            left.release();
            return;
        }
        switch (before) {
            case NONE -> head.answer(decision, left, false);
            case HEAD -> head.answer(decision);
            case BODY -> {
                if (head.isHeldAt(i)) {
                    head.answer(decision, left, last);
                } else {
                    body.answer(i, decision, left, last);
                }
            }
            case TRAILERS -> body.answer(i, decision, Objects.requireNonNull(trailers));
        }
    }

    /// Goes on with queued parts whose steps are open again.
    private void goOn() {
        body.goOn();
        running = false;
        if (!ended) {
            backpressure();
        }
    }

    /// Pauses or resumes the sender.
    private void backpressure() {
        boolean now = steps.inboxLength(0) > WAITING_BYTES;
        if (now != congested) {
            congested = now;
            exit.congested(now);
        }
        writable();
    }

    // ---- bytes that filters send outside of a callback

    /// A writer for a body that passes all the filters.
    BodyWriter source() {
        StepWriter writer = new StepWriter(this, 0);
        source = writer;
        return writer;
    }

    /// Whether that body has ended, or there is none.
    boolean isSourceOver() {
        StepWriter writer = source;
        return writer == null || writer.isOver();
    }

    /// From now on the filter whose callback is running ends the body.
    BodyWriter takeBody() {
        int i = filters.calling();
        if (!filters.changesBody(i)) {
            throw new IllegalStateException("the filter does not change such bodies (expected: the interest to do so)");
        }
        FilterStep step = steps.at(i);
        StepWriter writer = step.writer();
        if (writer == null) {
            writer = new StepWriter(this, i + 1);
            if (exit.isBodiless()) {
                writer.over();
            } else {
                step.writer(writer);
            }
        }
        return writer;
    }

    /// Takes ownership.
    ///
    /// @param entry the first step that is to take it
    /// @return whether it was accepted
    boolean write(StepWriter by, int entry, ByteBuf data, boolean last) {
        if (ended) {
            data.release();
            return false;
        }
        steps.at(entry).add(data, last);
        written();
        if (by.excess() > heldLimit && !ended) {
            filters.broken(entry - 1, null, "sends more than limits.held.bytes though nobody takes it");
            return false;
        }
        return true;
    }

    void write(int entry, Headers trailers) {
        if (!ended) {
            steps.at(entry).add(trailers);
            written();
        }
    }

    private void written() {
        steps.added();
        exit.touch();
        if (!running) {
            running = true;
            try {
                goOn();
            } catch (Throwable e) {
                exit.broke(e);
            }
        }
    }

    /// The receiver accepts more.
    void writable() {
        if (exit.isWritable()) {
            tell(source, 0);
            for (int i = 0; i < steps.used(); i++) {
                tell(steps.writer(i), i + 1);
            }
        }
    }

    private void tell(@Nullable StepWriter writer, int entry) {
        Runnable action = writer == null || !isWritable(entry) ? null : writer.roomAgain();
        if (action != null) {
            filters.later(action);
        }
    }
}
