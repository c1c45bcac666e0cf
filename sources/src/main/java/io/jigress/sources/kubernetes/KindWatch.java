package io.jigress.sources.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.sources.kubernetes.ClusterApi.Reply;
import io.jigress.sources.kubernetes.ObjectReader.Event;
import io.jigress.sources.kubernetes.ObjectReader.Item;
import io.jigress.sources.kubernetes.ObjectReader.Page;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Follows the objects of one kind: lists them in pages, watches from the list's version on, and lists again when the API server no longer
/// knows that version (410). Runs on a thread of its own until that is interrupted.
final class KindWatch implements Runnable {
    /// The requested duration of one watch, in seconds; the next watch resumes where it ended.
    private static final int WATCH_SECONDS = 240;
    /// A watch that lasts much longer than requested is on a dead connection.
    private static final int GRACE_SECONDS = 30;
    /// More than etcd can store in one object.
    private static final int LINE_LIMIT_BYTES = 16 << 20;
    private static final int GONE = 410;
    /// The smallest page, for an API server that does not answer in time with more.
    private static final int SMALLEST_PAGE = 10;
    /// An API server that starts may not know a definition yet.
    private static final int MISSING_CHECKS = 2;
    private static final long SHORT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final Logger log = LoggerFactory.getLogger(KindWatch.class);

    /// Receives what the watch reads, on the watch's thread.
    interface Listener {
        /// The complete set, at the start and after a gap.
        void listed(KindWatch watch, List<Resource> all);

        /// @param changes null for an object that was removed
        void changed(KindWatch watch, Map<ResourceKey, @Nullable Resource> changes);

        /// The status of an object changed, other than by [KindWatch#wrote].
        void statusChanged(ResourceKey key);

        void failed(KindWatch watch, Failure failure);

        /// The watch works again after a failure.
        void recovered(KindWatch watch);
    }

    /// Why objects of a kind cannot be read.
    ///
    /// @param code of the response; 0 when there was none
    /// @param verb list or watch
    record Failure(int code, String verb, String message) {
        boolean isMissing() { return code == 404; }

        boolean isForbidden() { return code == 403; }
    }

    private static final class Refused extends Exception {
        private final transient Failure failure;

        Refused(Failure failure) {
            super(failure.message);
            this.failure = failure;
        }
    }

    /// An object as it was last seen.
    @SuppressWarnings("ArrayRecordComponent") // the bytes are never changed
    record Seen(Resource resource, String resourceVersion, byte[] status) {}

    private final WatchedKind kind;
    private final KubernetesSettings settings;
    private final ClusterApi api;
    private final Listener listener;
    private final RandomGenerator random;
    private final ObjectReader reader;
    /// Updated by the watch's thread and by the writer of statuses.
    private final Map<ResourceKey, Seen> seen = new ConcurrentHashMap<>();
    private volatile String version;
    private int pageSize;

    KindWatch(WatchedKind kind, KubernetesSettings settings, ClusterApi api, Listener listener, RandomGenerator random) {
        this.kind = kind;
        this.settings = settings;
        this.api = api;
        this.listener = listener;
        this.random = random;
        reader = new ObjectReader(kind, settings.place());
        version = kind.versions().getFirst();
        pageSize = settings.pageSize();
    }

    WatchedKind kind() {
        return kind;
    }

    /// The version that the API server serves.
    String version() {
        return version;
    }

    /// The objects as they were last seen.
    List<Resource> resources() {
        return seen.values().stream().map(Seen::resource).toList();
    }

    @Nullable Seen seen(ResourceKey key) {
        return seen.get(key);
    }

    /// Stores the object that the API server returned for a written status, unless the watch has seen a later version meanwhile.
    void wrote(ResourceKey key, String resourceVersion, byte[] status) {
        seen.computeIfPresent(key, (_, before) -> isLater(resourceVersion, before.resourceVersion)
                ? new Seen(before.resource, resourceVersion, status)
                : before);
    }

    /// The versions of one kind are increasing decimal numbers.
    private static boolean isLater(String version, String than) {
        return version.length() != than.length() ? version.length() > than.length() : version.compareTo(than) > 0;
    }

    @Override
    public void run() {
        int failures = 0;
        int missing = 0;
        String from = "";
        while (!Thread.currentThread().isInterrupted()) {
            long began = System.nanoTime();
            try {
                if (from.isEmpty() || isAhead(from)) {
                    from = "";
                    from = list();
                    pageSize = settings.pageSize();
                    missing = 0;
                }
                began = System.nanoTime();
                from = watch(from);
                failures = isLong(began) ? 0 : failures + 1;
                pause(failures == 0 ? 0 : backoff(failures));
            } catch (Refused e) {
                listener.failed(this, e.failure);
                if (e.failure.isMissing() && ++missing == MISSING_CHECKS) {
                    // The CustomResourceDefinition was removed, together with its objects.
                    listed(List.of());
                    listener.failed(this, e.failure);
                }
                boolean patient = e.failure.isMissing() || e.failure.isForbidden();
                from = patient ? "" : from;
                failures++;
                pause(patient ? settings.recheck().toNanos() : backoff(failures));
            } catch (IOException e) {
                if (e instanceof ClusterApi.Unanswered && from.isEmpty()) {
                    pageSize = Math.min(pageSize, Math.max(SMALLEST_PAGE, pageSize / 4));
                }
                listener.failed(this, new Failure(0, from.isEmpty() ? "list" : "watch", ClusterApi.why(e)));
                failures = isLong(began) ? 1 : failures + 1;
                pause(backoff(failures));
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException | Error e) {
                // An answer that is none of an API server, or a bug; the watch starts again.
                log.atLevel(failures == 0 ? Level.ERROR : Level.DEBUG).setCause(e)
                        .log("{}: {} could not be processed", settings.place(), kind.resource());
                listener.failed(this, new Failure(0, from.isEmpty() ? "list" : "watch", String.valueOf(e.getMessage())));
                from = "";
                failures++;
                pause(backoff(failures));
            }
        }
    }

    /// A watch that ends sooner is followed by a pause, so that a server that ends watches at once is not flooded.
    private static boolean isLong(long began) {
        return System.nanoTime() - began > SHORT_NANOS;
    }

    private long backoff(int failures) {
        long nanos = settings.retry().toNanos() << Math.min(failures - 1, 10);
        return random.nextLong(1, Math.min(nanos, settings.retryLimit().toNanos()) + 1);
    }

    private static void pause(long nanos) {
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// @return the version to watch from
    private String list() throws IOException, InterruptedException, Refused {
        List<Item> items = new ArrayList<>();
        String token = "";
        while (true) {
            Reply reply = page(token);
            if (reply.code() == GONE && !token.isEmpty()) {
                // The list took longer than the API server keeps its versions: start again.
                items.clear();
                token = "";
                continue;
            }
            if (!reply.isSuccess()) {
                throw refused(reply, "list");
            }
            Page page = reader.page(reply.body(), version);
            items.addAll(page.items());
            token = page.next();
            if (token.isEmpty()) {
                listed(items);
                return page.resourceVersion();
            }
        }
    }

    private Reply page(String token) throws IOException, InterruptedException {
        String query = "?limit=" + pageSize + kind.selection().query()
                + (token.isEmpty() ? "" : "&continue=" + ClusterApi.encode(token));
        Reply reply = api.get(kind.path(version) + query);
        if (reply.code() == 404 && token.isEmpty()) {
            for (String other : kind.versions()) {
                Reply again = other.equals(version) ? reply : api.get(kind.path(other) + query);
                if (again.code() != 404) {
                    version = other;
                    return again;
                }
            }
        }
        return reply;
    }

    private static Refused refused(Reply reply, String verb) {
        return new Refused(new Failure(reply.code(), verb, message(reply.code(), reply.body())));
    }

    private static String message(int code, byte[] body) {
        String said = StatusText.message(body);
        return said.isEmpty() ? "it answered with " + code : said;
    }

    private void listed(List<Item> items) {
        Map<ResourceKey, Seen> now = LinkedHashMap.newLinkedHashMap(items.size());
        List<ResourceKey> statuses = new ArrayList<>();
        for (Item item : items) {
            ResourceKey key = item.resource().key();
            Seen before = seen.get(key);
            Resource resource = before != null && before.resource.equals(item.resource()) ? before.resource : item.resource();
            if (before == null || !Arrays.equals(before.status, item.status())) {
                statuses.add(key);
            }
            now.put(key, new Seen(resource, item.resourceVersion(), item.status()));
        }
        seen.keySet().retainAll(now.keySet());
        seen.putAll(now);
        listener.listed(this, now.values().stream().map(Seen::resource).toList());
        statuses.forEach(listener::statusChanged);
    }

    /// Whether the API server has an older state than was read from it, as after a restored backup. It would not report a change until its versions have
    /// passed the given one.
    private boolean isAhead(String from) throws IOException, InterruptedException {
        Reply reply = api.get(kind.path(version) + "?limit=1" + kind.selection().query());
        if (!reply.isSuccess()) {
            // The watch gives the reason.
            return false;
        }
        String now = reader.page(reply.body(), version).resourceVersion();
        if (now.isEmpty() || !isLater(from, now)) {
            return false;
        }
        log.warn("{}: the API server is at version {} of {}, after {}: it has lost data, and all objects are read again",
                settings.place(), now, kind.resource(), from);
        return true;
    }

    /// Runs one watch until it ends.
    ///
    /// @return the version to resume from; empty when the API server no longer has it
    private String watch(String from) throws IOException, InterruptedException, Refused {
        int seconds = WATCH_SECONDS + random.nextInt(WATCH_SECONDS / 4);
        String path = kind.path(version) + "?watch=true&allowWatchBookmarks=true&resourceVersion=" + ClusterApi.encode(from)
                + "&timeoutSeconds=" + seconds + kind.selection().query();
        try (ApiStream stream = api.stream(path)) {
            if (stream.code() == GONE) {
                return "";
            }
            if (stream.code() != 200) {
                throw refused(new Reply(stream.code(), rest(stream)), "watch");
            }
            listener.recovered(this);
            return follow(stream, from, System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds + GRACE_SECONDS));
        }
    }

    private static byte[] rest(ApiStream stream) throws IOException, InterruptedException {
        StringBuilder text = new StringBuilder();
        for (byte[] part = stream.next(TimeUnit.SECONDS.toNanos(GRACE_SECONDS)); part != null
                && text.length() < LINE_LIMIT_BYTES; part = stream.next(TimeUnit.SECONDS.toNanos(GRACE_SECONDS))) {
            text.append(new String(part, UTF_8));
        }
        return text.toString().getBytes(UTF_8);
    }

    private String follow(ApiStream stream, String from, long deadline) throws IOException, InterruptedException {
        String at = from;
        Lines lines = new Lines(LINE_LIMIT_BYTES);
        for (byte[] part = next(stream, deadline); part != null; part = next(stream, deadline)) {
            Changes changes = new Changes();
            for (Lines.Line line : lines.add(part)) {
                Event event = reader.event(line.bytes(), line.offset(), line.length(), version);
                if (event.type().equals("ERROR")) {
                    deliver(changes);
                    if (event.code() == GONE) {
                        return "";
                    }
                    throw new IOException(event.message());
                }
                at = event.resourceVersion();
                Item item = event.item();
                if (item != null) {
                    take(event.type().equals("DELETED"), item, changes);
                }
            }
            deliver(changes);
        }
        return at;
    }

    private byte @Nullable [] next(ApiStream stream, long deadline) throws IOException, InterruptedException {
        while (!stream.await(Math.min(api.quiet().toNanos(), deadline - System.nanoTime()))) {
            if (System.nanoTime() - deadline >= 0) {
                throw new IOException("a watch did not end in time");
            }
            if (!api.isAlive(stream.connections())) {
                throw new IOException("it stopped answering");
            }
        }
        return stream.next(0);
    }

    /// The changes of one part of the stream; of several changes of an object the last one counts.
    private static final class Changes {
        final Map<ResourceKey, @Nullable Resource> resources = new LinkedHashMap<>();
        final List<ResourceKey> statuses = new ArrayList<>();
    }

    private void take(boolean deleted, Item item, Changes changes) {
        ResourceKey key = item.resource().key();
        Seen before = seen.get(key);
        if (deleted) {
            seen.remove(key);
            changes.resources.put(key, null);
            return;
        }
        boolean equal = before != null && before.resource.equals(item.resource());
        seen.put(key,
                new Seen(equal && before != null ? before.resource : item.resource(), item.resourceVersion(), item.status()));
        if (!equal) {
            changes.resources.put(key, item.resource());
        }
        if (before == null || !Arrays.equals(before.status, item.status())) {
            changes.statuses.add(key);
        }
    }

    private void deliver(Changes changes) {
        if (!changes.resources.isEmpty()) {
            listener.changed(this, changes.resources);
        }
        changes.statuses.forEach(listener::statusChanged);
    }
}
