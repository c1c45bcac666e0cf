package io.jigress.admin;

import io.jigress.api.Json;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;

/// A list as JSON text: `{total, shown, items}`. Items are printed as the text is sent, so that a long list is never in memory as a whole.
final class ListText<T> implements Iterator<String> {
    /// A piece ends after the item that exceeds this size.
    static final int PIECE_CHARS = 32 * 1024;

    private final List<T> items;
    private final int total;
    private final Function<T, Json> print;
    private int next;
    private boolean ended;

    /// @param limit the number of items that are shown
    ListText(List<T> items, int limit, Function<T, Json> print) {
        this.items = items.subList(0, Math.min(items.size(), limit));
        this.total = items.size();
        this.print = print;
    }

    @Override
    public boolean hasNext() {
        return !ended;
    }

    @Override
    public String next() {
        if (ended) {
            throw new NoSuchElementException();
        }
        StringBuilder out = new StringBuilder();
        if (next == 0) {
            out.append("{\n  \"total\": ").append(total).append(",\n  \"shown\": ").append(items.size())
                    .append(",\n  \"items\": [");
        }
        while (next < items.size() && out.length() < PIECE_CHARS) {
            out.append(next == 0 ? "\n    " : ",\n    ");
            PrettyJson.append(out, print.apply(items.get(next++)), 2);
        }
        if (next == items.size()) {
            out.append(items.isEmpty() ? "]\n}\n" : "\n  ]\n}\n");
            ended = true;
        }
        return out.toString();
    }
}
