package io.jigress.sources.nacos;

import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSource;
import io.jigress.sources.manifest.LastGood;
import io.jigress.sources.manifest.Manifest;
import io.jigress.sources.manifest.ManifestLocator;
import io.jigress.sources.manifest.ManifestReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Resources from the data ids of one group of a Nacos server: the same YAML as in files. The server pushes what changes.
///
/// The data ids of the group are those that the index names ([NacosStore#INDEX]); without an index they come from a watch of the group (Nacos 3), else
/// from a list every 10 seconds. A data id counts as deleted when the index no longer names it, when two lists in a row lack it, or when both the watch and
/// a read report it as missing. An empty group removes nothing: the server may have lost its data.
public final class NacosSource implements ResourceSource {
    private static final Logger log = LoggerFactory.getLogger(NacosSource.class);

    static final Duration LIST = Duration.ofSeconds(10);
    /// How often the versions are compared with those on the server, in case a push was lost.
    private static final Duration VERIFY = Duration.ofSeconds(30);
    private static final Duration DIAGNOSIS = Duration.ofSeconds(3);
    private static final Duration WATCH_PATIENCE = Duration.ofSeconds(10);
    private static final Duration CLOSE = Duration.ofSeconds(10);
    private static final String STAYS = "; its last content stays in effect";
    private static final int MOST_DATA_IDS = 10_000;

    private enum Discovery { INDEX, WATCH, LIST }

    private final NacosAddress address;
    private final String prefix;
    private final long maxBytes;
    private final InstantSource clock;
    private final NacosPushes pushes;
    private final NacosStore store;
    private final NacosDocuments documents;
    /// The texts as they were read, by place, for the line numbers of messages.
    private final Map<String, byte[]> texts = new ConcurrentHashMap<>();
    private final CountDownLatch delivered = new CountDownLatch(1);
    private volatile boolean closed;
    private volatile @Nullable Thread thread;

    // The following fields are used by the source's own thread only.

    private Discovery discovery = Discovery.LIST;
    /// The version of each data id that was read last; empty when it did not exist.
    private final Map<String, String> versions = new HashMap<>();
    private Set<String> missingOnce = Set.of();
    private long nextList;
    private long nextVerify;
    private boolean fresh = true;
    /// Whether the last good state is in use, until the server has responded.
    private boolean restored;
    private Map<ResourceKey, Problem> problems = Map.of();

    /// @param credentials `username` and `password`, or `accessKey` and `secretKey`, and for TLS `ca.crt`, `tls.crt` and `tls.key`; empty for none
    /// @param prefix of the places of its data ids
    /// @param lastGood is used when the server cannot be reached at the start
    /// @param maxBytes longer data ids are not read
    public NacosSource(NacosAddress address, Map<String, String> credentials, String prefix, LastGood lastGood, long maxBytes,
            InstantSource clock) {
        this.address = address;
        this.prefix = prefix;
        this.maxBytes = maxBytes;
        this.clock = clock;
        pushes = new NacosPushes(address.group());
        store = new NacosStore(address, credentials, clock, pushes::connected, pushes::pushed);
        documents = new NacosDocuments(lastGood);
    }

    /// The texts of the data ids, without the prefix of their places.
    public ManifestLocator.Texts texts() {
        return new ManifestLocator.Texts() {
            @Override
            public @Nullable Object version(String source) {
                return texts.get(source);
            }

            @Override
            public byte[] read(String source) {
                return texts.getOrDefault(source, new byte[0]);
            }
        };
    }

    @Override
    public void start(Sink sink) {
        thread = Thread.ofPlatform().name("nacos-config").daemon().start(() -> run(sink));
        try {
            delivered.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
        Thread started = thread;
        if (started == null) {
            store.close();
            return;
        }
        started.interrupt();
        try {
            started.join(CLOSE.toMillis());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(Sink sink) {
        try {
            try {
                store.connect();
            } catch (NacosFault _) {
                // Tried again in the background; see #round.
            }
            while (!closed) {
                attempt(sink);
            }
        } catch (InterruptedException _) {
            // Closed.
        } finally {
            delivered.countDown();
            // An interrupt must not keep the connection from being closed.
            Thread.interrupted();
            store.close();
        }
    }

    private void attempt(Sink sink) throws InterruptedException {
        try {
            round();
            deliver(sink);
            pushes.await(restMillis());
        } catch (NacosFault e) {
            failed(e.words());
            deliver(sink);
            pushes.await(DIAGNOSIS.toMillis());
        } catch (RuntimeException e) {
            log.error("internal error: a change in {} could not be processed", prefix, e);
            fresh = true;
            pushes.await(DIAGNOSIS.toMillis());
        }
    }

    private void failed(String words) {
        fresh = true;
        String standIn = STAYS;
        if (delivered.getCount() > 0 && !restored) {
            String age = documents.restore(clock.instant());
            if (age == null) {
                // Without a last good state the start waits; this is logged.
                log.warn("{} cannot be read: {}; trying again", prefix, words);
            } else {
                standIn = "; serving the last good state of " + age;
                restored = true;
            }
        }
        report(Map.of(ManifestReader.fileKey(whole()), problem(whole(), "cannot be read: " + words + standIn,
                "a Nacos server that answers", Severity.ERROR)));
    }

    /// The place of problems of the group as a whole.
    private String whole() {
        return prefix.substring(0, prefix.length() - 1);
    }

    private static Problem problem(String place, String what, String expected, Severity severity) {
        return new Problem(ManifestReader.fileKey(place), place, "", what, expected, severity);
    }

    private void report(Map<ResourceKey, Problem> now) {
        problems.keySet().stream().filter(key -> !now.containsKey(key)).forEach(key -> documents.report(key, List.of()));
        now.forEach((key, problem) -> {
            if (!problem.equals(problems.get(key))) {
                documents.report(key, List.of(problem));
            }
        });
        problems = now;
    }

    private long restMillis() {
        long now = System.nanoTime();
        long next = discovery == Discovery.LIST ? Math.min(nextList, nextVerify) : nextVerify;
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(next - now) + 1);
    }

    private void deliver(Sink sink) {
        if (delivered.getCount() > 0 && fresh && !restored) {
            return;
        }
        NacosDocuments.Delivery delivery = documents.take();
        if (delivery.whole()) {
            sink.replaced(List.of(Scope.EVERYTHING), delivery.resources(), delivery.problems());
        } else if (!delivery.isEmpty()) {
            sink.changed(delivery.resources(), delivery.deletions(), delivery.problems());
        }
        delivered.countDown();
    }

    // ---- the data ids of the group

    private void round() throws NacosFault, InterruptedException {
        if (!store.connected()) {
            String diagnosis = store.diagnosis();
            if (!store.connected()) {
                throw new NacosFault(diagnosis);
            }
        }
        store.renewLogin();
        NacosPushes.Heard heard = pushes.take();
        fresh |= heard.connected();
        long now = System.nanoTime();
        if (fresh) {
            synchronise();
            fresh = false;
            nextVerify = now + VERIFY.toNanos();
            return;
        }
        Set<String> changed = heard.changed();
        if (now - nextVerify >= 0) {
            nextVerify = now + VERIFY.toNanos();
            changed.addAll(store.listen(listened()));
            if (discovery == Discovery.WATCH) {
                store.watch(versions.keySet(), false);
            }
        }
        if (changed.remove(NacosStore.INDEX)) {
            synchronise();
            return;
        }
        boolean appeared = false;
        for (String dataId : changed) {
            String before = versions.get(dataId);
            if (before != null) {
                read(dataId);
                appeared |= before.isEmpty() != versions.getOrDefault(dataId, "").isEmpty();
            }
        }
        switch (discovery) {
            case INDEX -> {
                if (appeared) {
                    // A data id that the index names was created or deleted, so that its problem changes.
                    synchronise();
                }
            }
            case WATCH -> {
                follow(named(heard.present()));
                agreeOnDeletion(heard.gone());
            }
            case LIST -> {
                if (now - nextList >= 0) {
                    take(named(store.list()));
                    nextList = System.nanoTime() + LIST.toNanos();
                }
            }
        }
    }

    private Map<String, String> listened() {
        Map<String, String> listened = new HashMap<>(versions);
        listened.putIfAbsent(NacosStore.INDEX, "");
        return listened;
    }

    /// Without an index, only data ids with the suffix of a configuration file are read.
    private static Set<String> named(Set<String> dataIds) {
        Set<String> named = new TreeSet<>();
        for (String dataId : dataIds) {
            if (dataId.endsWith(".yaml") || dataId.endsWith(".yml") || dataId.endsWith(".json")) {
                named.add(dataId);
            }
        }
        return named;
    }

    /// Checks all data ids: after a new connection, and when the index has changed.
    private void synchronise() throws NacosFault, InterruptedException {
        // Subscribed before it is read, so that no change in between is lost.
        Set<String> changed = store.listen(listened());
        NacosStore.Content index = store.query(NacosStore.INDEX);
        Map<ResourceKey, Problem> found = new HashMap<>();
        if (index != null) {
            discovery = Discovery.INDEX;
            NacosIndex read = NacosIndex.read(index.text());
            versions.put(NacosStore.INDEX, index.md5());
            for (String dataId : changed) {
                if (read.dataIds().contains(dataId)) {
                    read(dataId);
                }
            }
            follow(read.dataIds());
            places().stream().filter(dataId -> !read.dataIds().contains(dataId)).forEach(this::drop);
            problem(read, found);
            report(found);
            return;
        }
        versions.remove(NacosStore.INDEX);
        for (String dataId : changed) {
            if (versions.containsKey(dataId)) {
                read(dataId);
            }
        }
        Set<String> present = discover();
        String age = present.isEmpty() && delivered.getCount() > 0 ? documents.restore(clock.instant()) : null;
        if (present.isEmpty() && !documents.places().isEmpty()) {
            found.put(ManifestReader.fileKey(whole()), problem(whole(),
                    "is empty" + (age == null ? STAYS : "; serving the last good state of " + age),
                    "data ids with YAML; to remove everything, an index (" + NacosStore.INDEX + ") that names none",
                    Severity.ERROR));
            report(found);
            return;
        }
        if (discovery == Discovery.WATCH) {
            follow(present);
            Set<String> gone = places();
            gone.removeAll(present);
            agreeOnDeletion(gone);
        } else {
            take(present);
        }
        report(found);
    }

    private static int line(NacosIndex index, String dataId) {
        return index.lines().getOrDefault(dataId, 0);
    }

    private void problem(NacosIndex index, Map<ResourceKey, Problem> found) {
        String place = prefix + NacosStore.INDEX;
        String wrong = index.problem();
        if (wrong == null) {
            wrong = index.dataIds().stream().filter(dataId -> versions.getOrDefault(dataId, "").isEmpty()).findFirst()
                    .map(dataId -> "line " + line(index, dataId) + ": names \"" + dataId + "\", and there is no such data id"
                            + (documents.places().contains(prefix + dataId) ? STAYS : ""))
                    .orElse(null);
        }
        if (wrong != null) {
            found.put(ManifestReader.fileKey(place), problem(place, wrong, "one data id a line", Severity.ERROR));
        }
    }

    /// The data ids whose objects are in effect.
    private Set<String> places() {
        Set<String> dataIds = new TreeSet<>();
        documents.places().forEach(place -> dataIds.add(place.substring(prefix.length())));
        return dataIds;
    }

    /// All data ids of the group, by a watch where the server supports it.
    private Set<String> discover() throws NacosFault, InterruptedException {
        Set<String> present = new HashSet<>();
        boolean reconnected = false;
        if (store.watch(Set.of(), true).isEmpty()) {
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
                    discovery = Discovery.WATCH;
                    return named(present);
                }
                pushes.await(TimeUnit.NANOSECONDS.toMillis(left) + 1);
            }
        }
        discovery = Discovery.LIST;
        nextList = System.nanoTime() + LIST.toNanos();
        return named(store.list());
    }

    /// Subscribes to new data ids, and reads them.
    private void follow(Set<String> dataIds) throws NacosFault {
        Map<String, String> added = new HashMap<>();
        for (String dataId : dataIds) {
            if (!versions.containsKey(dataId) && versions.size() + added.size() < MOST_DATA_IDS) {
                added.put(dataId, "");
            }
        }
        if (!added.isEmpty()) {
            store.listen(added);
            versions.putAll(added);
        }
        for (String dataId : dataIds) {
            if (versions.getOrDefault(dataId, "").isEmpty()) {
                read(dataId);
            }
        }
    }

    /// Compares with a list of all data ids: those that are missing from two lists in a row are deleted.
    private void take(Set<String> present) throws NacosFault {
        follow(present);
        Set<String> missing = places();
        missing.removeAll(present);
        if (present.isEmpty()) {
            return;
        }
        Set<String> twice = new TreeSet<>(missing);
        twice.retainAll(missingOnce);
        agreeOnDeletion(twice);
        missing.removeAll(twice);
        missingOnce = missing;
    }

    /// Deletes the data ids that a read does not find either.
    private void agreeOnDeletion(Set<String> dataIds) throws NacosFault {
        for (String dataId : dataIds) {
            if (store.query(dataId) == null) {
                drop(dataId);
            }
        }
    }

    private void drop(String dataId) {
        documents.remove(prefix + dataId);
        texts.remove(dataId);
        if (versions.remove(dataId) != null) {
            try {
                store.unlisten(Set.of(dataId));
            } catch (NacosFault _) {
                // Later pushes about it are ignored.
            }
        }
    }

    /// The objects of a missing data id are kept until it counts as deleted.
    private void read(String dataId) throws NacosFault {
        NacosStore.Content content = store.query(dataId);
        if (content == null) {
            versions.replace(dataId, "");
            return;
        }
        versions.put(dataId, content.md5());
        String place = prefix + dataId;
        byte[] text = content.text().getBytes(StandardCharsets.UTF_8);
        if (text.length > maxBytes) {
            documents.put(place, new Manifest(List.of(), List.of(problem(place, "is " + text.length + " bytes large",
                    "at most " + maxBytes + "; several smaller data ids", Severity.ERROR)), false), clock.instant());
            return;
        }
        texts.put(dataId, text);
        documents.put(place, ManifestReader.read(place, text), clock.instant());
    }

    @Override
    public String toString() {
        return "NacosSource[" + address + "]";
    }
}
