package io.jigress.sources.nacos;

import io.jigress.control.Problem;
import io.jigress.control.ResourceSource;
import io.jigress.sources.manifest.LastGood;
import io.jigress.sources.manifest.Manifest;
import io.jigress.sources.manifest.ManifestLocator;
import io.jigress.sources.manifest.ManifestReader;
import io.jigress.sources.manifest.SecretCipher;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
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
    /// How often the state of the connection is checked.
    private static final Duration CHECK = Duration.ofSeconds(2);
    private static final Duration DIAGNOSIS = Duration.ofSeconds(3);
    private static final Duration CLOSE = Duration.ofSeconds(10);
    private static final String STAYS = "; its last content stays in effect";
    private static final int MOST_DATA_IDS = 10_000;

    private final NacosAddress address;
    private final String prefix;
    private final long maxBytes;
    private final SecretCipher cipher;
    private final HigressCipher higress;
    private final InstantSource clock;
    private final NacosPushes pushes;
    private final NacosStore store;
    private final NacosDocuments documents;
    private final GroupProblems problems;
    /// The texts as they were read, by place, for the line numbers of messages.
    private final Map<String, byte[]> texts = new ConcurrentHashMap<>();
    private final CountDownLatch delivered = new CountDownLatch(1);
    private volatile boolean closed;
    private volatile @Nullable Thread thread;

    // The following fields are used by the source's own thread only.

    private final NacosDiscovery discovery;
    private final FollowedDataIds followed = new FollowedDataIds(MOST_DATA_IDS);
    private final NacosRechecks rechecks = new NacosRechecks();
    /// Of the index; empty when it does not exist.
    private String indexVersion = "";
    private Set<String> missingOnce = Set.of();
    /// Data ids that the server has reported as deleted, and that a read still found.
    private final Set<String> gone = new HashSet<>();
    /// Whether the group had no data ids when it was checked last.
    private boolean empty;
    private long nextVerify;
    private boolean fresh = true;
    /// Whether the last good state is in use, until the server has responded.
    private boolean restored;

    /// @param credentials `username` and `password`, or `accessKey` and `secretKey`, and for TLS `ca.crt`, `tls.crt` and `tls.key`; empty for none
    /// @param prefix of the places of its data ids
    /// @param lastGood is used when the server cannot be reached at the start
    /// @param maxBytes longer data ids are not read
    /// @param cipher decrypts Secrets
    /// @param higress decrypts what Higress has encrypted
    public NacosSource(NacosAddress address, Map<String, String> credentials, String prefix, LastGood lastGood, long maxBytes,
            SecretCipher cipher, HigressCipher higress, InstantSource clock) {
        this.cipher = cipher;
        this.higress = higress;
        this.address = address;
        this.prefix = prefix;
        this.maxBytes = maxBytes;
        this.clock = clock;
        pushes = new NacosPushes(address);
        store = new NacosStore(address, credentials, clock, pushes::connected, pushes::pushed);
        documents = new NacosDocuments(lastGood);
        problems = new GroupProblems(prefix, documents);
        discovery = new NacosDiscovery(address.isHigress(), store, pushes);
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
        String whole = problems.whole();
        problems.report(List.of(GroupProblems.error(whole, "cannot be read: " + words + standIn, "a Nacos server that answers")));
    }

    private long restMillis() {
        long now = System.nanoTime();
        long next = rechecks.next(discovery.next(Math.min(nextVerify, now + CHECK.toNanos())));
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
            discovery.verify(followed.dataIds());
        }
        if (changed.removeIf(discovery::isHint)) {
            synchronise();
            return;
        }
        Set<String> due = rechecks.due(now);
        changed.addAll(due);
        boolean appeared = false;
        for (String dataId : changed) {
            if (followed.contains(dataId) && !gone.contains(dataId)) {
                boolean before = followed.exists(dataId);
                read(dataId);
                appeared |= before != followed.exists(dataId);
                compare(dataId, followed.exists(dataId), due.contains(dataId));
            }
        }
        switch (discovery.kind()) {
            case INDEX -> {
                if (appeared) {
                    // A data id that the index names was created or deleted, so that its problem changes.
                    synchronise();
                }
            }
            case WATCH -> {
                Set<String> present = discovery.named(heard.present());
                if (empty && !present.isEmpty()) {
                    synchronise();
                    return;
                }
                gone.removeAll(present);
                follow(present);
                due.retainAll(gone);
                due.addAll(heard.gone());
                agreeOnDeletion(due);
                if (!present.isEmpty() || !due.isEmpty()) {
                    problems.report(tooMany());
                }
            }
            case LIST -> {
                if (now - discovery.next(now + 1) >= 0) {
                    take(discovery.list());
                }
            }
        }
    }

    /// Reads a data id again soon if the server's messages say otherwise than the last read.
    private void compare(String dataId, boolean agreed, boolean again) {
        if (agreed) {
            rechecks.agreed(dataId);
        } else if (again) {
            rechecks.disagreed(dataId, System.nanoTime());
        }
    }

    private Map<String, String> listened() {
        Map<String, String> listened = new HashMap<>(followed.versions());
        if (!address.isHigress()) {
            listened.put(NacosStore.INDEX, indexVersion);
        }
        discovery.hints().forEach(hint -> listened.put(hint, ""));
        return listened;
    }

    /// Checks all data ids: after a new connection, and when the index has changed.
    private void synchronise() throws NacosFault, InterruptedException {
        // Subscribed before it is read, so that no change in between is lost.
        Set<String> changed = store.listen(listened());
        NacosStore.Content index = address.isHigress() ? null : store.query(NacosStore.INDEX);
        if (index != null) {
            discovery.byIndex();
            NacosIndex read = NacosIndex.read(index.text());
            indexVersion = index.md5();
            for (String dataId : changed) {
                if (read.dataIds().contains(dataId)) {
                    read(dataId);
                }
            }
            Set<String> unnamed = places();
            unnamed.addAll(followed.dataIds());
            unnamed.removeAll(read.dataIds());
            unnamed.forEach(this::drop);
            follow(read.dataIds());
            problems.report(problemsOf(read));
            return;
        }
        indexVersion = "";
        for (String dataId : changed) {
            if (followed.contains(dataId)) {
                read(dataId);
            }
        }
        Set<String> present = discovery.discover();
        String age = present.isEmpty() && delivered.getCount() > 0 ? documents.restore(clock.instant()) : null;
        empty = present.isEmpty();
        if (empty && !documents.places().isEmpty()) {
            problems.report(List.of(GroupProblems.error(problems.whole(),
                    "is empty" + (age == null ? STAYS : "; serving the last good state of " + age),
                    address.isHigress()
                            ? "data ids as Higress writes them"
                            : "data ids with YAML; to remove everything, an index (" + NacosStore.INDEX + ") that names none")));
            return;
        }
        if (discovery.kind() == NacosDiscovery.Kind.WATCH) {
            follow(present);
            Set<String> missing = places();
            missing.removeAll(present);
            agreeOnDeletion(missing);
        } else {
            take(present);
        }
        problems.report(tooMany());
    }

    private static int line(NacosIndex index, String dataId) {
        return index.lines().getOrDefault(dataId, 0);
    }

    private List<Problem> problemsOf(NacosIndex index) {
        String place = prefix + NacosStore.INDEX;
        List<Problem> found = new ArrayList<>(tooMany());
        String wrong = index.problem();
        if (wrong == null) {
            wrong = followed.absent(index.dataIds()).stream().findFirst()
                    .map(dataId -> "line " + line(index, dataId) + ": names \"" + dataId + "\", and there is no such data id"
                            + (documents.places().contains(prefix + dataId) ? STAYS : ""))
                    .orElse(null);
        }
        if (wrong != null) {
            found.add(GroupProblems.error(place, wrong, "one data id a line"));
        }
        return found;
    }

    private List<Problem> tooMany() {
        return followed.refused() == 0
                ? List.of()
                : List.of(GroupProblems.error(problems.whole(), "has " + followed.refused() + " data ids that are not read",
                        "at most " + followed.most() + " data ids; several objects in each"));
    }

    /// The data ids whose objects are in effect.
    private Set<String> places() {
        Set<String> dataIds = new TreeSet<>();
        documents.places().forEach(place -> dataIds.add(place.substring(prefix.length())));
        return dataIds;
    }

    /// Subscribes to new data ids, and reads them.
    ///
    /// @param dataIds all that exist
    private void follow(Set<String> dataIds) throws NacosFault {
        Set<String> added = followed.add(dataIds);
        if (!added.isEmpty()) {
            Map<String, String> unread = new HashMap<>();
            added.forEach(dataId -> unread.put(dataId, ""));
            store.listen(unread);
        }
        for (String dataId : followed.absent(dataIds)) {
            read(dataId);
            compare(dataId, followed.exists(dataId), true);
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
            } else if (discovery.kind() == NacosDiscovery.Kind.WATCH) {
                gone.add(dataId);
                rechecks.disagreed(dataId, System.nanoTime());
            }
        }
    }

    private void drop(String dataId) {
        documents.remove(prefix + dataId);
        texts.remove(dataId);
        rechecks.agreed(dataId);
        gone.remove(dataId);
        if (followed.remove(dataId)) {
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
            followed.read(dataId, "");
            return;
        }
        followed.read(dataId, content.md5());
        String place = prefix + dataId;
        String plain = address.isHigress() && HigressCipher.isEncrypted(content.text())
                ? higress.decrypted(content.text())
                : content.text();
        if (plain == null) {
            documents.put(place, new Manifest(List.of(), List.of(GroupProblems.error(place, higress.hasKey()
                    ? "cannot be decrypted by the key of the setting nacos.higress.key"
                    : "is encrypted, and there is no key",
                    "the data key of Higress, in the file of the setting nacos.higress.key")),
                    false), clock.instant());
            return;
        }
        byte[] text = plain.getBytes(StandardCharsets.UTF_8);
        if (text.length > maxBytes) {
            documents.put(place, new Manifest(List.of(), List.of(GroupProblems.error(place, "is " + text.length + " bytes large",
                    "at most " + maxBytes + "; several smaller data ids")), false), clock.instant());
            return;
        }
        texts.put(dataId, text);
        documents.put(place, ManifestReader.read(place, text, cipher), clock.instant());
    }

    @Override
    public String toString() {
        return "NacosSource[" + address + "]";
    }
}
