package io.jigress.sources.nacos;

import io.jigress.control.ResourceSource;
import io.jigress.sources.manifest.LastGood;
import io.jigress.sources.manifest.ManifestLocator;
import io.jigress.sources.manifest.SecretCipher;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Resources from the data ids of one group of a Nacos server: the same YAML as in files. The server pushes what changes; see [NacosGroup].
public final class NacosSource implements ResourceSource {
    private static final Logger log = LoggerFactory.getLogger(NacosSource.class);

    /// How often the state of the connection is checked.
    private static final Duration CHECK = Duration.ofSeconds(2);
    private static final Duration DIAGNOSIS = Duration.ofSeconds(3);
    private static final Duration CLOSE = Duration.ofSeconds(10);

    private final NacosAddress address;
    private final String prefix;
    private final InstantSource clock;
    private final NacosPushes pushes;
    private final NacosStore store;
    private final NacosDocuments documents;
    private final GroupProblems problems;
    private final DataIdReader reader;
    private final CountDownLatch delivered = new CountDownLatch(1);
    private volatile boolean closed;
    private volatile @Nullable Thread thread;

    // The following fields are used by the source's own thread only.

    private final NacosGroup group;
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
        this.address = address;
        this.prefix = prefix;
        this.clock = clock;
        pushes = new NacosPushes(address);
        store = new NacosStore(address, credentials, clock, pushes::connected, pushes::pushed);
        documents = new NacosDocuments(lastGood);
        problems = new GroupProblems(prefix, documents);
        reader = new DataIdReader(prefix, maxBytes, cipher, higress);
        group = new NacosGroup(address.isHigress(), prefix, store, pushes, reader, documents, problems, clock);
    }

    /// The texts of the data ids, without the prefix of their places.
    public ManifestLocator.Texts texts() {
        return reader.texts();
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
                // Tried again in the background; see NacosGroup#round.
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
            group.round(delivered.getCount() > 0);
            deliver(sink);
            long next = group.next(System.nanoTime() + CHECK.toNanos());
            pushes.await(Math.max(1, TimeUnit.NANOSECONDS.toMillis(next - System.nanoTime()) + 1));
        } catch (NacosFault e) {
            failed(e.words());
            deliver(sink);
            pushes.await(DIAGNOSIS.toMillis());
        } catch (RuntimeException e) {
            log.error("internal error: a change in {} could not be processed", prefix, e);
            group.refresh();
            pushes.await(DIAGNOSIS.toMillis());
        }
    }

    private void failed(String words) {
        group.refresh();
        String standIn = NacosGroup.STAYS;
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

    private void deliver(Sink sink) {
        if (delivered.getCount() > 0 && group.isFresh() && !restored) {
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

    @Override
    public String toString() {
        return "NacosSource[" + address + "]";
    }
}
