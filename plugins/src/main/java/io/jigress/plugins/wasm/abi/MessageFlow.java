package io.jigress.plugins.wasm.abi;

import io.jigress.api.Body;
import io.jigress.api.BodyWriter;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.LocalReply;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One message of an exchange, in one direction, as a plugin controls it: pauses, what it buffers, and how these become decisions of a filter.
///
/// A plugin that buffers a part of a body whose head has passed sees the following parts, so the parts cannot wait in the gateway: this class
/// keeps them, and takes over the end of the body, so that they can be sent when the plugin resumes between two parts.
final class MessageFlow {
    private static final long CONTINUE = 0;
    private static final long STOP_ITERATION = 1;
    private static final long CONTINUE_AND_END = 2;
    private static final long NO_BUFFER = 3;
    private static final int TOO_LARGE_REQUEST = 413;
    private static final int TOO_LARGE_RESPONSE = 502;
    /// The gateway's own deadline of a pause is later than the plugin's, which counts and names what happens.
    private static final Duration MARGIN = Duration.ofSeconds(1);

    private enum Paused {
        NO, HEAD, BODY, LAST_PART, TRAILERS
    }

    private final HttpContext context;
    private final boolean response;
    private final BodyBytes body = new BodyBytes();
    private Paused paused = Paused.NO;
    private @Nullable Resumption waiting;
    private Services.@Nullable Cancellable timer;
    private @Nullable Headers trailers;
    private @Nullable BodyWriter writer;
    private boolean begun;
    private boolean headPassed;
    private boolean holdingHead;
    private boolean inCallback;
    /// The plugin has resumed the message within the callback.
    private boolean resumeAsked;
    /// It has done so while the gateway holds the head: the next part takes the head with it.
    private boolean resumesNext;
    private boolean dropsBody;
    private boolean writerEnded;

    MessageFlow(HttpContext context, boolean response) {
        this.context = context;
        this.response = response;
    }

    BodyBytes body() {
        return body;
    }

    @Nullable Headers trailers() {
        return trailers;
    }

    boolean isBegun() { return begun; }

    boolean isHeadPassed() { return headPassed; }

    boolean isWaiting() { return waiting != null; }

    // ---- callbacks of the filter

    FilterDecision head(Exchange exchange, boolean end) {
        begun = true;
        long status = inCallback(() -> context.vm().headers(context, response, end));
        FilterDecision decided = decided();
        if (decided != null) {
            return decided;
        }
        if (status == CONTINUE || status == CONTINUE_AND_END || resumeAsked) {
            dropsBody = status == CONTINUE_AND_END && !end;
            return passHead(exchange);
        }
        if (status == STOP_ITERATION && !end && context.vm().stopsHeadAlone()) {
            holdingHead = true;
            return FilterDecision.HOLD_HEAD;
        }
        return pause(exchange, Paused.HEAD);
    }

    private FilterDecision passHead(Exchange exchange) {
        headPassed = true;
        if (!response) {
            context.rematch(exchange);
        }
        return dropsBody || context.vm().seesBody(response) ? FilterDecision.CONTINUE : FilterDecision.SKIP_BODY;
    }

    FilterDecision body(Exchange exchange, Body part) {
        boolean last = part.last();
        if (context.isOver()) {
            if (body.isOwn()) {
                body.append(ByteBufUtil.getBytes(part.data()));
            }
            return withoutPlugin(part, last);
        }
        if (dropsBody) {
            part.replace(Unpooled.EMPTY_BUFFER);
            return FilterDecision.CONTINUE;
        }
        body.arrived(part.data());
        resumeAsked = resumesNext;
        resumesNext = false;
        long status = inCallback(() -> context.vm().body(context, response, body.size(), last));
        FilterDecision decided = decided();
        if (decided != null) {
            return decided instanceof FilterDecision.Reply ? decided : withoutPlugin(part, last);
        }
        if (status == CONTINUE || resumeAsked) {
            return passBody(exchange, part, last);
        }
        return stopBody(exchange, part, last, status == NO_BUFFER);
    }

    private FilterDecision passBody(Exchange exchange, Body part, boolean last) {
        paused = Paused.NO;
        if (body.isOwn()) {
            part.replace(body.take());
        }
        body.endCallback();
        if (holdingHead) {
            holdingHead = false;
            return passHead(exchange);
        }
        if (last) {
            endSoon();
        }
        return FilterDecision.CONTINUE;
    }

    private FilterDecision stopBody(Exchange exchange, Body part, boolean last, boolean drop) {
        if (drop) {
            body.drop();
        } else if (!last || !holdingHead) {
            body.keep();
        }
        if (body.size() > context.vm().facts().heldBytes()) {
            body.drop();
            context.end();
            return new FilterDecision.Reply(
                    LocalReply.of(response ? TOO_LARGE_RESPONSE : TOO_LARGE_REQUEST, "wasm_body_too_large"));
        }
        if (last) {
            if (drop && writer != null) {
                part.replace(Unpooled.EMPTY_BUFFER); // The plugin ends the body by itself.
                return FilterDecision.CONTINUE;
            }
            body.keep();
            return pause(exchange, Paused.LAST_PART);
        }
        if (holdingHead) {
            // The gateway keeps the body that grows with the held head; what the plugin has changed replaces it.
            part.replace(body.take());
            return FilterDecision.HOLD_HEAD;
        }
        part.replace(Unpooled.EMPTY_BUFFER);
        takeWriter(exchange);
        paused = Paused.BODY;
        return FilterDecision.CONTINUE;
    }

    FilterDecision trailers(Exchange exchange, Headers received) {
        if (!context.isOver()) {
            trailers = received;
            resumeAsked = false;
            long status = inCallback(() -> context.vm().trailers(context, response, received.size()));
            FilterDecision decided = decided();
            if (decided instanceof FilterDecision.Reply) {
                return decided;
            }
            if (decided == null && status != CONTINUE && !resumeAsked) {
                return pause(exchange, Paused.TRAILERS);
            }
        }
        trailers = null;
        end(received);
        return FilterDecision.CONTINUE;
    }

    private interface Call {
        long run();
    }

    /// Calls the plugin; a trap makes the context fail.
    private long inCallback(Call call) {
        inCallback = true;
        try {
            return call.run();
        } catch (io.jigress.plugins.wasm.vm.Trap _) {
            return CONTINUE; // The instance has told its contexts.
        } finally {
            inCallback = false;
        }
    }

    /// What was decided by other means than the status of the callback; null for nothing.
    private @Nullable FilterDecision decided() {
        LocalReply reply = context.takeReply();
        if (reply != null) {
            body.drop();
            return new FilterDecision.Reply(reply);
        }
        if (!context.hasFailed()) {
            return null;
        }
        if (context.vm().facts().failOpen()) {
            headPassed = true;
            return FilterDecision.SKIP_BODY;
        }
        body.drop();
        return new FilterDecision.Reply(context.vm().failure());
    }

    /// Passes a part on without the plugin, with what it had buffered.
    private FilterDecision withoutPlugin(Body part, boolean last) {
        holdingHead = false;
        if (body.isOwn()) {
            part.replace(body.take());
        }
        body.drop();
        paused = Paused.NO;
        if (writer == null) {
            return FilterDecision.SKIP_BODY;
        }
        if (last) {
            endSoon();
        }
        return FilterDecision.CONTINUE;
    }

    // ---- pauses

    private FilterDecision pause(Exchange exchange, Paused at) {
        Duration limit = context.vm().facts().pause();
        FilterDecision late = context.vm().facts().failOpen()
                ? FilterDecision.CONTINUE
                : new FilterDecision.Reply(LocalReply.of(504, "wasm_pause_timeout"));
        Resumption resumption = exchange.suspend(limit.plus(MARGIN), late);
        paused = at;
        waiting = resumption;
        timer = context.vm().services().schedule(limit, () -> {
            context.expire();
            goOn();
        });
        return new FilterDecision.Wait(resumption);
    }

    /// The plugin resumes the message, or has answered, or has failed.
    void resume() {
        if (inCallback) {
            resumeAsked = true;
        } else if (waiting != null || paused == Paused.BODY) {
            context.vm().afterCall(this::goOn);
        } else {
            resumesNext = holdingHead;
        }
    }

    /// Not within a call of the plugin.
    private void goOn() {
        Resumption resumption = waiting;
        if (resumption != null) {
            waiting = null;
            cancelTimer();
            resumption.resume(this::resumed);
        } else if (paused == Paused.BODY && writer != null && !context.hasFailed()) {
            paused = Paused.NO;
            ByteBuf bytes = body.take();
            if (bytes.isReadable()) {
                writer.write(bytes);
            } else {
                bytes.release();
            }
        }
    }

    private FilterDecision resumed(Exchange exchange, @Nullable Body part, @Nullable Headers waited) {
        Paused was = paused;
        paused = Paused.NO;
        FilterDecision decided = decided();
        if (decided instanceof FilterDecision.Reply) {
            return decided;
        }
        return switch (was) {
            case NO, BODY -> FilterDecision.CONTINUE;
            case HEAD -> decided != null ? decided : passHead(exchange);
            case LAST_PART -> {
                if (part != null) {
                    part.replace(body.take());
                }
                if (holdingHead) {
                    holdingHead = false;
                    yield passHead(exchange);
                }
                endSoon();
                yield FilterDecision.CONTINUE;
            }
            case TRAILERS -> {
                trailers = null;
                if (waited != null) {
                    end(waited);
                }
                yield FilterDecision.CONTINUE;
            }
        };
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    // ---- bytes that are sent outside of parts

    private void takeWriter(Exchange exchange) {
        if (writer == null) {
            writer = response ? exchange.takeResponseBody() : exchange.takeRequestBody();
        }
    }

    /// Sends bytes now, after those that were sent before.
    ///
    /// @return a status of the ABI
    long inject(Exchange exchange, byte[] bytes, boolean last) {
        if (writer == null && inCallback) {
            takeWriter(exchange);
        }
        if (writer == null || writerEnded) {
            return Status.INTERNAL_FAILURE;
        }
        if (bytes.length > 0) {
            writer.write(Unpooled.wrappedBuffer(bytes));
        }
        if (last) {
            writerEnded = true;
            writer.end();
        }
        return Status.OK;
    }

    /// Ends a body that was taken over, unless trailers follow at once.
    private void endSoon() {
        if (writer != null) {
            context.vm().services().schedule(Duration.ZERO, () -> {
                if (trailers == null) {
                    end(null);
                }
            });
        }
    }

    private void end(@Nullable Headers last) {
        if (writer == null || writerEnded) {
            return;
        }
        writerEnded = true;
        if (last == null) {
            writer.end();
            return;
        }
        List<Map.Entry<HeaderName, String>> fields = new ArrayList<>();
        for (int i = 0; i < last.size(); i++) {
            fields.add(Map.entry(HeaderName.of(last.nameAt(i)), last.valueAt(i)));
        }
        writer.end(fields);
    }

    /// The exchange is over.
    void close() {
        cancelTimer();
        waiting = null;
        paused = Paused.NO;
        trailers = null;
        body.drop();
    }
}
