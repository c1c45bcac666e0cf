package io.jigress.proxy.exchange;

import io.jigress.api.BodyWriter;
import io.jigress.api.FilterDecision;
import io.jigress.api.Headers;
import io.jigress.api.Resumption;
import io.jigress.proxy.compile.FilterSet;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One message on its way through the filters, in one direction. Keeps parts back as filters ask, and checks that they keep to their contract.
///
/// A message is `head`, then `body` parts, then maybe `trailers`. Each filter is a step: [HeadWalk] takes the head from step to step, [BodyWalk] what
/// follows, [FilterStep] is what waits at a step. What a filter sends by itself enters at the step behind it. Event loop only; reused for
/// each exchange.
final class FilterPass {
    /// More than this in front of filters stops the sender.
    private static final int WAITING_BYTES = 64 * 1024;

    private final MessageExit exit;
    private final FilterCalls filters;
    private final FilterSteps steps = new FilterSteps();
    private final HeadWalk head;
    private final BodyWalk body;
    private final int heldLimit;
    /// Sends the body of a local reply; null when the message is no such reply, or its body is there as a whole.
    private @Nullable StepWriter source;
    private boolean congested;
    private boolean ended;
    /// What filters send meanwhile is taken up when the part that is under way has come to its place.
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

    /// Lets go of the filters, so that an exchange at rest keeps no old generation alive.
    void forget() {
        filters.forget();
        head.reset();
    }

    /// Ends the message wherever it is; nothing comes out any more.
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

    // ---- where it is

    boolean isCongested() { return congested; }

    long heldBytes() {
        return steps.length();
    }

    /// Whether bodies and trailers pass untouched, so that the caller need not come here.
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

    boolean isWritable() { return steps.inboxLength() <= WAITING_BYTES && exit.isWritable(); }

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

    /// A filter that waited goes on.
    ///
    /// @param by the way back it took; one that nobody waits for is left unheard
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
        boolean last = step.isPartLast();
        FilterDecision decision = filters.resumed(i, continuation, step.takePart(), last, trailers);
        ByteBuf left = filters.left();
        if (decision == null) {
            left.release();
            return;
        }
        switch (before) {
            case NONE -> throw new IllegalStateException("a filter goes on that did not wait");
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

    /// Goes on with what waits and need not any more.
    private void goOn() {
        body.goOn();
        running = false;
        if (!ended) {
            backpressure();
        }
    }

    /// Stops the sender, or lets it go on.
    private void backpressure() {
        boolean now = steps.inboxLength() > WAITING_BYTES;
        if (now != congested) {
            congested = now;
            exit.congested(now);
        }
        writable();
    }

    // ---- what filters send by themselves

    /// A way to send a body to all the filters.
    BodyWriter source() {
        StepWriter writer = new StepWriter(this, 0);
        source = writer;
        return writer;
    }

    /// Whether the body that is sent that way has ended, or there is none.
    boolean isSourceOver() {
        StepWriter writer = source;
        return writer == null || writer.isOver();
    }

    /// The filter that is being called ends the body from now on.
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
    /// @return whether anybody takes it
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

    /// The receiver takes more.
    void writable() {
        if ((source != null || steps.used() > 0) && isWritable()) {
            tell(source);
            for (int i = 0; i < steps.used(); i++) {
                tell(steps.writer(i));
            }
        }
    }

    private void tell(@Nullable StepWriter writer) {
        Runnable action = writer == null ? null : writer.roomAgain();
        if (action != null) {
            filters.later(action);
        }
    }
}
