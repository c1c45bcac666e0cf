package io.jigress.sources.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// One watched text of a registry. On the directory's loop.
final class FollowedText {
    private final RegistryText text;
    private final RegistryLoop loop;
    private final List<Watcher> watchers = new ArrayList<>();
    private String told = "";
    private boolean known;
    /// Counts the clients that followed it, so that late results of an earlier one are ignored.
    private int generation;

    private record Watcher(Consumer<String> listener) {}

    FollowedText(RegistryText text, RegistryLoop loop) {
        this.text = text;
        this.loop = loop;
    }

    RegistryText text() {
        return text;
    }

    Object watch(Consumer<String> listener) {
        Watcher watcher = new Watcher(listener);
        watchers.add(watcher);
        if (known) {
            listener.accept(told);
        }
        return watcher;
    }

    /// @return whether no watcher is left
    boolean unwatch(Object watcher) {
        watchers.removeIf(one -> one == watcher);
        return watchers.isEmpty();
    }

    /// The listener for a new client; results of earlier clients are ignored from now on.
    Consumer<String> listener() {
        int mine = ++generation;
        return value -> loop.execute(() -> take(mine, value));
    }

    private void take(int from, String value) {
        if (from != generation || known && told.equals(value)) {
            return;
        }
        told = value;
        known = true;
        List.copyOf(watchers).forEach(watcher -> watcher.listener.accept(value));
    }

    void close() {
        generation++;
        watchers.clear();
    }
}
