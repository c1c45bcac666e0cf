package io.jigress.proxy.exchange;

import io.jigress.api.FilterDecision;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
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

    private @Nullable ExchangeView view;
    private FilterSet.Instances filters = FilterSet.Instances.NONE;
    private int size;
    /// What body callbacks of this message are given; made for the first.
    private @Nullable BodyPart part;
    /// What the last body callback left.
    private ByteBuf left = Unpooled.EMPTY_BUFFER;

    FilterCalls(ExchangeHandler exchange, FilterPass pass, MessageExit exit, boolean response) {
        this.exchange = exchange;
        this.pass = pass;
        this.exit = exit;
        this.response = response;
    }

    /// @param shown what the filters are given; null when there are none
    /// @param size how many of the filters take part
    void begin(@Nullable ExchangeView shown, FilterSet.Instances instances, int size) {
        view = shown;
        filters = instances;
        this.size = size;
        part = null;
    }

    void forget() {
        begin(null, FilterSet.Instances.NONE, 0);
    }

    /// The route was chosen anew: other filters come after those that have run.
    void replace(FilterSet.Instances now) {
        filters = now;
        size = now.size();
    }

    int size() {
        return size;
    }

    /// Whether any filter looks at the body or the trailers.
    boolean anyBody() {
        return filters.anyBody(response);
    }

    boolean wantsHead(int step) {
        return !response || filters.responseHead(index(step));
    }

    boolean wantsBody(int step) {
        return filters.body(index(step), response);
    }

    private int index(int step) {
        return response ? size - 1 - step : step;
    }

    private ExchangeView view() {
        return Objects.requireNonNull(view, "filters without a view");
    }

    @Nullable FilterDecision head(int step) {
        exchange.filters().calling(pass);
        try {
            HttpFilter filter = filters.at(index(step));
            return response ? filter.onResponseHead(view()) : filter.onRequestHead(view());
        } catch (Throwable e) {
            broken(step, e, "threw");
            return null;
        }
    }

    /// Takes ownership of the part; what the filter leaves of it is [#left].
    @Nullable FilterDecision body(int step, ByteBuf data, boolean last) {
        BodyPart shown = part;
        if (shown == null) {
            shown = new BodyPart();
            part = shown;
        }
        shown.show(data, last);
        exchange.filters().calling(pass);
        FilterDecision decision = null;
        try {
            HttpFilter filter = filters.at(index(step));
            decision = response ? filter.onResponseBody(view(), shown) : filter.onRequestBody(view(), shown);
        } catch (Throwable e) {
            broken(step, e, "threw");
        }
        left = shown.take(data);
        return decision;
    }

    /// What the last body callback left; the caller owns it.
    ByteBuf left() {
        ByteBuf data = left;
        left = Unpooled.EMPTY_BUFFER;
        return data;
    }

    @Nullable FilterDecision trailers(int step, Headers trailers) {
        exchange.filters().calling(pass);
        try {
            HttpFilter filter = filters.at(index(step));
            Headers shown = view().trailers(trailers);
            return response ? filter.onResponseTrailers(view(), shown) : filter.onRequestTrailers(view(), shown);
        } catch (Throwable e) {
            broken(step, e, "threw");
            return null;
        }
    }

    /// A filter did what it may not.
    void broken(int step, @Nullable Throwable cause, String what) {
        exit.broken(filters.slot(index(step)).spec().name(), cause, what);
    }
}
