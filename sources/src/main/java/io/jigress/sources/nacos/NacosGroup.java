package io.jigress.sources.nacos;

import io.jigress.control.Problem;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Follows the data ids of one group: those that the index names ([NacosStore#INDEX]); without an index they come from a watch of the group (Nacos 3), else
/// from a list every 10 seconds. A data id counts as deleted when the index no longer names it, when two lists in a row lack it, or when both the watch and
/// a read report it as missing. An empty group removes nothing: the server may have lost its data.
///
/// For one thread.
final class NacosGroup {
    static final Duration LIST = Duration.ofSeconds(10);
    static final String STAYS = "; its last content stays in effect";
    /// How often the versions are compared with those on the server, in case a push was lost.
    private static final Duration VERIFY = Duration.ofSeconds(30);
    private static final int MOST_DATA_IDS = 10_000;

    private final boolean isHigress;
    private final String prefix;
    private final NacosStore store;
    private final NacosPushes pushes;
    private final DataIdReader reader;
    private final NacosDocuments documents;
    private final GroupProblems problems;
    private final InstantSource clock;
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

    /// @param isHigress whether the group has Higress's own layout
    /// @param prefix of the places of its data ids
    NacosGroup(boolean isHigress, String prefix, NacosStore store, NacosPushes pushes, DataIdReader reader,
            NacosDocuments documents, GroupProblems problems, InstantSource clock) {
        this.isHigress = isHigress;
        this.prefix = prefix;
        this.store = store;
        this.pushes = pushes;
        this.reader = reader;
        this.documents = documents;
        this.problems = problems;
        this.clock = clock;
        discovery = new NacosDiscovery(isHigress, store, pushes);
    }

    /// Lets the next turn check all data ids.
    void refresh() {
        fresh = true;
    }

    /// Whether all data ids are to be checked, at first or after a fault.
    boolean isFresh() { return fresh; }

    /// When the next turn is due without a message of the server, by `System.nanoTime`.
    ///
    /// @param latest the latest time
    long next(long latest) {
        return rechecks.next(discovery.next(Math.min(nextVerify, latest)));
    }

    /// One turn: handles what the server has reported since the last one.
    ///
    /// @param starting whether nothing was delivered yet, so that an empty group may be replaced by the last good state
    void round(boolean starting) throws NacosFault, InterruptedException {
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
            synchronise(starting);
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
            synchronise(starting);
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
                    synchronise(starting);
                }
            }
            case WATCH -> {
                Set<String> present = discovery.named(heard.present());
                if (empty && !present.isEmpty()) {
                    synchronise(starting);
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
        if (!isHigress) {
            listened.put(NacosStore.INDEX, indexVersion);
        }
        discovery.hints().forEach(hint -> listened.put(hint, ""));
        return listened;
    }

    /// Checks all data ids: after a new connection, and when the index has changed.
    private void synchronise(boolean starting) throws NacosFault, InterruptedException {
        // Subscribed before it is read, so that no change in between is lost.
        Set<String> changed = store.listen(listened());
        NacosStore.Content index = isHigress ? null : store.query(NacosStore.INDEX);
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
        String age = present.isEmpty() && starting ? documents.restore(clock.instant()) : null;
        empty = present.isEmpty();
        if (empty && !documents.places().isEmpty()) {
            problems.report(List.of(GroupProblems.error(problems.whole(),
                    "is empty" + (age == null ? STAYS : "; serving the last good state of " + age),
                    isHigress
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
        reader.forget(dataId);
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
        followed.read(dataId, content == null ? "" : content.md5());
        if (content != null) {
            documents.put(prefix + dataId, reader.read(dataId, content.text(), isHigress), clock.instant());
        }
    }
}
