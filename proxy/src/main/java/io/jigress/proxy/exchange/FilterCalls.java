package io.jigress.proxy.exchange;

import static io.jigress.api.FilterInterest.CHANGE_REQUEST_BODY;
import static io.jigress.api.FilterInterest.CHANGE_RESPONSE_BODY;
import static io.jigress.api.FilterInterest.READ_REQUEST_BODY;
import static io.jigress.api.FilterInterest.READ_RESPONSE_BODY;
import static io.jigress.api.FilterInterest.REQUEST_HEAD;
import static io.jigress.api.FilterInterest.REQUEST_TRAILERS;
import static io.jigress.api.FilterInterest.RESPONSE_HEAD;
import static io.jigress.api.FilterInterest.RESPONSE_TRAILERS;
import static io.jigress.proxy.compile.FilterSet.bit;

import io.jigress.api.FilterDecision;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.Resumption;
import io.jigress.proxy.compile.FilterSet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Calls the filters of one direction: a step is a filter in the order in which the message passes them, which for a response is the reverse. A
/// filter that throws is reported to the exit, and its decision is null. Event loop only.
final class FilterCalls {
    private final ExchangeHandler exchange;
    private final FilterPass pass;
    private final MessageExit exit;
    private final boolean response;
    private final int headInterest;
    private final int readInterest;
    private final int changeInterest;
    private final int trailerInterest;

    private @Nullable ExchangeView view;
    private FilterSet.Instances filters = FilterSet.Instances.NONE;
    private int size;
    /// The step whose callback is running; -1 when none is.
    private int calling = -1;
    /// A filter has replaced bytes of the body.
    private boolean changed;
    /// What body callbacks of this message are given; made for the first.
    private @Nullable BodyPart part;
    /// What the last body callback left.
    private ByteBuf left = Unpooled.EMPTY_BUFFER;

    FilterCalls(ExchangeHandler exchange, FilterPass pass, MessageExit exit, boolean response) {
        this.exchange = exchange;
        this.pass = pass;
        this.exit = exit;
        this.response = response;
        headInterest = bit(response ? RESPONSE_HEAD : REQUEST_HEAD);
        changeInterest = bit(response ? CHANGE_RESPONSE_BODY : CHANGE_REQUEST_BODY);
        readInterest = changeInterest | bit(response ? READ_RESPONSE_BODY : READ_REQUEST_BODY);
        trailerInterest = bit(response ? RESPONSE_TRAILERS : REQUEST_TRAILERS);
    }

    /// @param shown what the filters are given; null when there are none
    /// @param size how many of the filters take part
    void begin(@Nullable ExchangeView shown, FilterSet.Instances instances, int size) {
        view = shown;
        filters = instances;
        this.size = size;
        part = null;
        changed = false;
        calling = -1;
    }

    void forget() {
        begin(null, FilterSet.Instances.NONE, 0);
    }

    /// The route was chosen anew: other filters come after those that have run.
    void replace(@Nullable ExchangeView shown, FilterSet.Instances now) {
        view = shown;
        filters = now;
        size = now.size();
    }

    int size() {
        return size;
    }

    // ---- who takes part

    boolean wantsHead(int step) {
        return isInterested(step, headInterest);
    }

    boolean readsBody(int step) {
        return isInterested(step, readInterest);
    }

    boolean changesBody(int step) {
        return isInterested(step, changeInterest);
    }

    boolean wantsTrailers(int step) {
        return isInterested(step, trailerInterest);
    }

    private boolean isInterested(int step, int interests) {
        return filters.isInterested(index(step), interests);
    }

    /// Whether any filter looks at the body or the trailers.
    boolean anyTakesBody(FilterSteps steps) {
        return anyInterested(0, readInterest | trailerInterest, steps);
    }

    /// Whether any filter from a step on may change the body.
    boolean anyChangesBody(int from, FilterSteps steps) {
        return anyInterested(from, changeInterest, steps);
    }

    private boolean anyInterested(int from, int interests, FilterSteps steps) {
        if (filters.anyInterested(interests)) {
            for (int i = from; i < size; i++) {
                if (isInterested(i, interests) && !steps.isSkipped(i)) {
                    return true;
                }
            }
        }
        return false;
    }

    /// Whether a filter has replaced bytes of the body.
    boolean changed() {
        return changed;
    }

    private int index(int step) {
        return response ? size - 1 - step : step;
    }

    // ---- the calls

    private ExchangeView view() {
        return Objects.requireNonNull(view, "filters without a view");
    }

    private HttpFilter call(int step) {
        exchange.filters.calling(pass);
        calling = step;
        return filters.at(index(step));
    }

    /// The step whose callback is running.
    ///
    /// @throws IllegalStateException when none is
    int calling() {
        if (calling < 0) {
            throw new IllegalStateException("no callback is running");
        }
        return calling;
    }

    @Nullable FilterDecision head(int step) {
        try {
            HttpFilter filter = call(step);
            return decided(step, response ? filter.onResponseHead(view()) : filter.onRequestHead(view()));
        } catch (Throwable e) {
            broken(step, e, "threw");
            return null;
        } finally {
            calling = -1;
        }
    }

    /// Takes ownership of the part; what the filter leaves of it is [#left].
    @Nullable FilterDecision body(int step, ByteBuf data, boolean last) {
        return body(step, data, last, null);
    }

    /// The same for a body that is held.
    ///
    /// @param following the trailers behind the last part; null when there are none
    @Nullable FilterDecision body(int step, ByteBuf data, boolean last, @Nullable Headers following) {
        BodyPart shown = show(step, data, last, following);
        FilterDecision decision = null;
        try {
            HttpFilter filter = call(step);
            decision = decided(step, response ? filter.onResponseBody(view(), shown) : filter.onRequestBody(view(), shown));
        } catch (Throwable e) {
            broken(step, e, "threw");
        } finally {
            calling = -1;
        }
        leave(shown, data);
        return decision;
    }

    @Nullable FilterDecision trailers(int step, Headers trailers) {
        try {
            HttpFilter filter = call(step);
            Headers shown = view().trailers(trailers);
            return decided(step,
                    response ? filter.onResponseTrailers(view(), shown) : filter.onRequestTrailers(view(), shown));
        } catch (Throwable e) {
            broken(step, e, "threw");
            return null;
        } finally {
            calling = -1;
        }
    }

    /// Runs what a filter does after it waited. Takes ownership of the part, if there is one; what the filter leaves of it is [#left].
    @Nullable FilterDecision resumed(int step, Resumption.Continuation continuation, @Nullable ByteBuf data, boolean last,
            @Nullable Headers trailers, @Nullable Headers following) {
        BodyPart shown = data == null ? null : show(step, data, last, following);
        FilterDecision decision = null;
        try {
            call(step);
            decision = decided(step, continuation.resumed(view(), shown, trailers == null ? null : view().trailers(trailers)));
        } catch (Throwable e) {
            broken(step, e, "threw");
        } finally {
            calling = -1;
        }
        if (shown != null && data != null) {
            leave(shown, data);
        }
        return decision;
    }

    private @Nullable FilterDecision decided(int step, @Nullable FilterDecision decision) {
        if (decision == null) {
            broken(step, null, "decided nothing");
        }
        return decision;
    }

    private BodyPart show(int step, ByteBuf data, boolean last, @Nullable Headers following) {
        BodyPart shown = part;
        if (shown == null) {
            shown = new BodyPart();
            part = shown;
        }
        shown.show(data, last, changesBody(step), following);
        return shown;
    }

    private void leave(BodyPart shown, ByteBuf before) {
        left = shown.take(before);
        changed |= left != before;
    }

    /// What the last body callback left; the caller owns it.
    ByteBuf left() {
        ByteBuf data = left;
        left = Unpooled.EMPTY_BUFFER;
        return data;
    }

    /// Runs something for a filter in a later task of the event loop, unless the exchange is over by then.
    void later(Runnable action) {
        exchange.filters.later(action);
    }

    /// A filter did what it may not.
    ///
    /// @param step -1 for what a local reply does
    void broken(int step, @Nullable Throwable cause, String what) {
        exit.broken(step < 0 ? "-" : filters.slot(index(step)).spec().name(), cause, what);
    }
}
