package io.jigress.grpcjson;

import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.jigress.grpcjson.descriptor.Schema;
import io.jigress.grpcjson.reflection.ReflectionQuery;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the servers of clusters have told about their methods, for all event loops. A description that has expired is used until the next one is there, also
/// while the server does not answer.
final class Discovery {
    private static final int MAX_CLUSTERS = 100;
    /// The pause after a failure.
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final GrpcJsonConfig config;
    private final GrpcJsonConfig.Descriptors.Reflection reflection;
    private final Map<String, Entry> entries = new HashMap<>();

    Discovery(GrpcJsonConfig config, GrpcJsonConfig.Descriptors.Reflection reflection) {
        this.config = config;
        this.reflection = reflection;
    }

    /// The state of one cluster; guarded by the discovery.
    private static final class Entry {
        private @Nullable Transcoder transcoder;
        private String fault = "";
        private long askAgainNanos;
        private boolean known;
        private @Nullable Object asking;
        private final List<Resumption> waiting = new ArrayList<>();
        private final List<Resumption.Continuation> continuations = new ArrayList<>();
    }

    /// What is known of a cluster.
    ///
    /// @param transcoder null when nothing is known
    /// @param fault why not; empty when the server has not answered yet
    record Known(@Nullable Transcoder transcoder, String fault) {}

    Duration timeout() {
        return reflection.timeout();
    }

    /// What is known; the server is asked when nothing is, or when it is old.
    ///
    /// @param asker the filter whose calls are used; its end ends the question
    synchronized Known lookUp(String cluster, String authority, Services services, Object asker) {
        if (entries.size() >= MAX_CLUSTERS && !entries.containsKey(cluster)) {
            entries.values().removeIf(old -> old.asking == null);
        }
        Entry entry = entries.computeIfAbsent(cluster, _ -> new Entry());
        if (entry.asking == null && (!entry.known || services.nanoTime() - entry.askAgainNanos >= 0)) {
            entry.asking = asker;
            ReflectionQuery.start(services.callers(), cluster, authority, config.services(), reflection.timeout(),
                    result -> answered(entry, result, services.nanoTime()));
        }
        return new Known(entry.transcoder, entry.asking != null && !entry.known ? "" : entry.fault);
    }

    /// The state of a cluster, without asking.
    synchronized Known now(String cluster) {
        Entry entry = entries.get(cluster);
        return entry == null ? new Known(null, "it was not asked") : new Known(entry.transcoder, entry.fault);
    }

    /// Resumes an exchange when the server has answered.
    synchronized void await(String cluster, Resumption resumption, Resumption.Continuation continuation) {
        Entry entry = entries.get(cluster);
        if (entry == null || entry.asking == null) {
            resumption.resume(continuation);
            return;
        }
        entry.waiting.add(resumption);
        entry.continuations.add(continuation);
    }

    private void answered(Entry entry, ReflectionQuery.Result result, long nanoTime) {
        Transcoder made = null;
        String fault = "";
        switch (result) {
            case ReflectionQuery.Result.Failed(String why) -> fault = why;
            case ReflectionQuery.Result.Files(List<byte[]> files) -> {
                switch (Transcoder.compile(config, Schema.compileFiles(files))) {
                    case Transcoder.Outcome.Compiled(Transcoder transcoder) -> made = transcoder;
                    case Transcoder.Outcome.Invalid(String what) -> fault = "what its reflection service describes " + what;
                }
            }
        }
        synchronized (this) {
            entry.transcoder = made == null ? entry.transcoder : made;
            entry.fault = fault;
            entry.known = true;
            entry.askAgainNanos = nanoTime + (made == null ? RETRY : reflection.refresh()).toNanos();
            release(entry);
        }
    }

    private static void release(Entry entry) {
        entry.asking = null;
        for (int i = 0; i < entry.waiting.size(); i++) {
            entry.waiting.get(i).resume(entry.continuations.get(i));
        }
        entry.waiting.clear();
        entry.continuations.clear();
    }

    /// A filter ends, and its questions with it.
    synchronized void abandon(Object asker) {
        for (Entry entry : entries.values()) {
            if (entry.asking == asker) {
                release(entry);
            }
        }
    }
}
