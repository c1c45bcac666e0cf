package io.jigress.plugins.lua;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.Headers;
import io.jigress.api.LocalReply;
import io.jigress.api.ResponseHead;
import io.jigress.api.Resumption;
import io.jigress.plugins.lua.vm.LuaFunction;
import io.jigress.plugins.lua.vm.Nil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The runs of a script for a request, or for a response: what they wait for becomes the filter's decision.
final class MessageRun extends Activity {
    /// OpenResty has three blocks for requests, and there is one step behind them.
    private static final int MOST_BLOCKS = 4;

    private final LuaExchange owner;
    private final boolean isRequest;
    /// Runs that follow the current one.
    private final ArrayDeque<Supplier<@Nullable LuaFunction>> following = new ArrayDeque<>(MOST_BLOCKS);
    private Object[] arguments = {};
    private @Nullable Resumption resumption;
    /// Set when the run has a reply.
    @Nullable LocalReply reply;
    /// The part of the body that the run sees, and the trailers.
    @Nullable Body body;
    @Nullable Headers trailers;
    /// Identifies the part: objects of an earlier one are not valid any more.
    int part;
    boolean wrapsEmptyBody;
    private boolean headSent;
    private boolean lastSeen;
    private boolean holding;
    private boolean active;

    MessageRun(LuaExchange owner, boolean isRequest) {
        this.owner = owner;
        this.isRequest = isRequest;
    }

    @Override
    LuaExchange exchange() {
        return owner;
    }

    boolean isRequest() { return isRequest; }

    /// Whether the head was passed on, and cannot be changed any more.
    boolean isHeadSent() { return headSent; }

    /// Whether the run has not ended.
    boolean isActive() { return active; }

    /// Ends the runs without a decision.
    void abandon() {
        active = false;
        following.clear();
        owner.world.drop(this);
    }

    /// Adds a run; they are executed one after the other.
    void add(Supplier<@Nullable LuaFunction> function) {
        following.add(function);
    }

    FilterDecision begin(Object... values) {
        arguments = values;
        active = true;
        lastSeen = hasNoBody();
        return next(false) ? decide() : finished();
    }

    private boolean hasNoBody() {
        if (isRequest) {
            return owner.exchange.request().contentLength() == 0;
        }
        ResponseHead head = Objects.requireNonNull(owner.exchange.response());
        return head.contentLength() == 0 || head.status() == 204 || head.status() == 304
                || owner.exchange.request().method().equals("HEAD");
    }

    private boolean lengthIsKnown() {
        if (isRequest) {
            return owner.exchange.request().contentLength() >= 0;
        }
        ResponseHead head = owner.exchange.response();
        return head != null && head.contentLength() >= 0;
    }

    /// Goes on with the next run until one waits.
    ///
    /// @param waits whether the current one waits
    /// @return whether a run waits; false when all have ended
    private boolean next(boolean waits) {
        boolean suspended = waits;
        while (!suspended && reply == null) {
            Supplier<@Nullable LuaFunction> supplier = following.poll();
            if (supplier == null) {
                return false;
            }
            LuaFunction function = supplier.get();
            if (function != null) {
                suspended = !owner.world.start(this, function, arguments);
            }
        }
        return suspended && reply == null;
    }

    private FilterDecision finished() {
        active = false;
        following.clear();
        owner.world.drop(this);
        LocalReply made = reply;
        return made != null ? new FilterDecision.Reply(made) : FilterDecision.SKIP_BODY;
    }

    /// The decision for what the run waits for.
    private FilterDecision decide() {
        while (true) {
            switch (wait) {
                case RESULT -> {
                    Exchange exchange = owner.exchange;
                    // The wait itself has a deadline, that of the call or the sleep.
                    resumption = exchange.suspend(owner.world.plugin.config.limits().deadline().plusSeconds(1),
                            new FilterDecision.Reply(
                                    LocalReply.error(504, "The plugin has not answered in time.", "lua_deadline")));
                    return new FilterDecision.Wait(resumption);
                }
                case BODY -> {
                    if (!lastSeen && !headSent) {
                        holding = true;
                        return FilterDecision.HOLD_HEAD;
                    }
                    if (!goOnWith(bodyValue())) {
                        return finished();
                    }
                }
                case CHUNK -> {
                    if (!lastSeen) {
                        headSent = true;
                        return FilterDecision.CONTINUE;
                    }
                    if (!goOnWith(Nil.NIL)) {
                        return finished();
                    }
                }
                case TRAILERS -> {
                    if (!lastSeen || !lengthIsKnown()) {
                        headSent = true;
                        return FilterDecision.CONTINUE;
                    }
                    if (!goOnWith(Nil.NIL)) {
                        return finished();
                    }
                }
                case NONE, END -> throw new IllegalStateException("the run does not wait");
            }
        }
    }

    /// The result of `body()`: an object, or nil for a message without a body.
    private Object bodyValue() {
        boolean some = body != null && body.data().isReadable();
        if (owner.world.plugin.script.main().isEmpty()) {
            if (body != null && some) {
                owner.world.state.meter().string(body.data().readableBytes());
                owner.requestBody = body.data().toString(StandardCharsets.ISO_8859_1);
            }
            return Nil.NIL;
        }
        return some || wrapsEmptyBody ? owner.world.envoy.buffer(this) : Nil.NIL;
    }

    private boolean goOnWith(Object... values) {
        return next(!owner.world.resume(this, values));
    }

    /// A part of the body has arrived.
    FilterDecision onBody(Body data) {
        if (!active) {
            return FilterDecision.SKIP_BODY;
        }
        boolean held = holding;
        if (held && !data.last()) {
            return FilterDecision.HOLD_HEAD;
        }
        holding = false;
        return showing(data, null, () -> {
            lastSeen = data.last();
            return switch (wait) {
                case BODY -> goOnWith(bodyValue()) ? decide() : finished();
                case CHUNK -> {
                    if (!data.data().isReadable()) {
                        yield decide();
                    }
                    yield goOnWith(owner.world.envoy.buffer(this)) ? decide() : finished();
                }
                case TRAILERS -> decide();
                case RESULT, NONE, END -> FilterDecision.CONTINUE;
            };
        });
    }

    FilterDecision onTrailers(Headers fields) {
        if (!active || wait != Wait.TRAILERS) {
            return FilterDecision.CONTINUE;
        }
        return showing(null, fields,
                () -> goOnWith(owner.world.envoy.headers(this, true)) ? decide() : finished());
    }

    /// The message has no trailers: a run that waits for them goes on.
    void noTrailers() {
        if (active && wait == Wait.TRAILERS) {
            lastSeen = true;
            if (!goOnWith(Nil.NIL)) {
                finished();
            }
        }
    }

    private FilterDecision showing(@Nullable Body data, @Nullable Headers fields, Supplier<FilterDecision> step) {
        body = data;
        trailers = fields;
        part++;
        try {
            return step.get();
        } finally {
            body = null;
            trailers = null;
            part++;
        }
    }

    @Override
    void goOn(Supplier<Object[]> values) {
        Resumption waiting = resumption;
        resumption = null;
        if (waiting != null) {
            waiting.resume((_, data, fields) -> {
                if (owner.isOver()) {
                    return FilterDecision.CONTINUE;
                }
                return owner.world.exchangeFilter().guarded(owner, () -> showingAgain(data, fields, values));
            });
        }
    }

    private FilterDecision showingAgain(@Nullable Body data, @Nullable Headers fields, Supplier<Object[]> values) {
        owner.world.state.meter().start();
        return showing(data, fields, () -> goOnWith(values.get()) ? decide() : finished());
    }
}
