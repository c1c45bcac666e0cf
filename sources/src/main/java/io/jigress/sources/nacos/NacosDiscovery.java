package io.jigress.sources.nacos;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/// How the data ids of a group without an index are found: by a watch of the group (Nacos 3), else by a list every 10 seconds. For one thread.
final class NacosDiscovery {
    enum Kind { INDEX, WATCH, LIST }

    private static final Duration LIST = Duration.ofSeconds(10);
    private static final Duration WATCH_PATIENCE = Duration.ofSeconds(10);

    private final boolean higress;
    private final NacosStore store;
    private final NacosPushes pushes;
    private Kind kind = Kind.LIST;
    private long nextList;

    /// @param higress whether the layout is that of Higress
    NacosDiscovery(boolean higress, NacosStore store, NacosPushes pushes) {
        this.higress = higress;
        this.store = store;
        this.pushes = pushes;
    }

    Kind kind() {
        return kind;
    }

    /// When the next list is due; the given time when none is due before it.
    long next(long otherwise) {
        return kind == Kind.LIST && nextList - otherwise < 0 ? nextList : otherwise;
    }

    /// The index names the data ids.
    void byIndex() {
        kind = Kind.INDEX;
    }

    /// Those that are read: without an index, data ids with the suffix of a configuration file; in the layout of Higress those of a kind.
    Set<String> named(Set<String> dataIds) {
        Set<String> named = new TreeSet<>();
        for (String dataId : dataIds) {
            if (higress ? HigressLayout.isObject(dataId) : isConfiguration(dataId)) {
                named.add(dataId);
            }
        }
        return named;
    }

    private static boolean isConfiguration(String dataId) {
        return dataId.endsWith(".yaml") || dataId.endsWith(".yml") || dataId.endsWith(".json");
    }

    /// The data ids that change when others are created or deleted, and whose versions are not compared.
    Set<String> hints() {
        return higress ? HigressLayout.hints() : Set.of();
    }

    boolean isHint(String dataId) {
        return higress ? HigressLayout.isHint(dataId) : dataId.equals(NacosStore.INDEX);
    }

    /// All data ids of the group, by a watch where the server supports it.
    Set<String> discover() throws NacosFault, InterruptedException {
        Set<String> present = new HashSet<>();
        boolean reconnected = false;
        if (!higress && store.watch(Set.of(), true).isEmpty()) {
            long end = System.nanoTime() + WATCH_PATIENCE.toNanos();
            for (long left = WATCH_PATIENCE.toNanos(); left > 0; left = end - System.nanoTime()) {
                NacosPushes.Heard heard = pushes.take();
                present.addAll(heard.present());
                present.removeAll(heard.gone());
                if (heard.connected()) {
                    // A new connection has no watch and no subscriptions: everything is checked again afterwards.
                    reconnected = true;
                    present.clear();
                    if (!store.watch(Set.of(), true).isEmpty()) {
                        break;
                    }
                } else if (heard.whole()) {
                    if (reconnected) {
                        pushes.connected();
                    }
                    kind = Kind.WATCH;
                    return named(present);
                }
                pushes.await(TimeUnit.NANOSECONDS.toMillis(left) + 1);
            }
        }
        kind = Kind.LIST;
        return list();
    }

    /// The present list.
    Set<String> list() throws NacosFault, InterruptedException {
        nextList = System.nanoTime() + LIST.toNanos();
        return named(store.list());
    }

    /// Lets the server push what differs, in case a push was lost.
    void verify(Set<String> known) {
        if (kind == Kind.WATCH) {
            store.watch(known, false);
        }
    }
}
