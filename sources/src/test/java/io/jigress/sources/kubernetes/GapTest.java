package io.jigress.sources.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.sources.kubernetes.KubernetesSource.LastGood;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Behaviour that a real API server cannot be made to show at a given moment.
@Timeout(60)
class GapTest {
    private final Recorder recorder = new Recorder();
    private final CountDownLatch end = new CountDownLatch(1);
    @TempDir private Path folder;

    private KubernetesSource source(ScriptedApi api) {
        return new KubernetesSource(KubernetesSettings.of("kubernetes", api.kubeconfig(folder), "",
                key -> key.kind().equals("Service"), null), LastGood.NONE, InstantSource.system(), new Random(1));
    }

    /// Leaves a watch open until the test ends.
    private void idle(ScriptedApi.Request request) throws IOException {
        try (OutputStream out = request.stream()) {
            out.flush();
            end.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitNames(String... names) {
        recorder.await(List.of(names) + " are there, not " + recorder.names("Service", "default"),
                r -> r.names("Service", "default").equals(List.of(names)));
    }

    @Test
    void aVersionThatIsGoneLeadsToANewListAndNothingStale() throws Exception {
        AtomicInteger lists = new AtomicInteger();
        AtomicInteger watches = new AtomicInteger();
        try (ScriptedApi api = new ScriptedApi(request -> {
            if (!request.isWatch()) {
                request.reply(200, lists.incrementAndGet() == 1
                        ? ScriptedApi.services("10", "", "goes", "stays")
                        : ScriptedApi.services("90", "", "comes", "stays"));
            } else if (watches.incrementAndGet() == 1) {
                try (OutputStream out = request.stream()) {
                    out.write(ScriptedApi.event("ERROR", ScriptedApi.gone()).getBytes(UTF_8));
                }
            } else {
                idle(request);
            }
        }); KubernetesSource source = source(api)) {
            source.start(recorder);
            awaitNames("comes", "stays");
            assertThat(recorder.wholeSets()).isEqualTo(2);
            recorder.await("no problem is left", r -> r.problems().isEmpty());
            end.countDown();
        }
    }

    @Test
    void aRefusalWith410OfEveryWatchFloodsNobody() throws Exception {
        AtomicInteger lists = new AtomicInteger();
        CountDownLatch six = new CountDownLatch(6);
        long began = System.nanoTime();
        try (ScriptedApi api = new ScriptedApi(request -> {
            if (request.isWatch()) {
                request.reply(410, ScriptedApi.gone());
            } else {
                request.reply(200, ScriptedApi.services("1", "", "n" + lists.incrementAndGet()));
                six.countDown();
            }
        }); KubernetesSource source = source(api)) {
            source.start(recorder);
            assertThat(six.await(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(System.nanoTime() - began).as("pauses between the lists").isGreaterThan(TimeUnit.MILLISECONDS.toNanos(20));
    }

    @Test
    void aPageThatIsGoneStartsTheListAgain() throws Exception {
        AtomicInteger second = new AtomicInteger();
        try (ScriptedApi api = new ScriptedApi(request -> {
            if (request.isWatch()) {
                idle(request);
            } else if (!request.query().contains("continue=next")) {
                request.reply(200, ScriptedApi.services("1", "next", "a"));
            } else if (second.incrementAndGet() == 1) {
                request.reply(410, ScriptedApi.gone());
            } else {
                request.reply(200, ScriptedApi.services("1", "", "b"));
            }
        }); KubernetesSource source = source(api)) {
            source.start(recorder);
            awaitNames("a", "b");
            assertThat(recorder.deliveries()).isEqualTo(1);
            end.countDown();
        }
    }

    @Test
    void aWatchIsResumedFromTheLastVersionThatWasHeard() throws Exception {
        AtomicInteger watches = new AtomicInteger();
        try (ScriptedApi api = new ScriptedApi(request -> {
            if (!request.isWatch()) {
                request.reply(200, ScriptedApi.services(watches.get() == 0 ? "10" : "42", "", "a"));
            } else if (watches.incrementAndGet() == 1) {
                try (OutputStream out = request.stream()) {
                    out.write(ScriptedApi.event("ADDED", ScriptedApi.service("b")).getBytes(UTF_8));
                    out.write(ScriptedApi.event("BOOKMARK", "{\"kind\":\"Service\",\"metadata\":{\"resourceVersion\":\"42\"}}")
                            .getBytes(UTF_8));
                }
            } else {
                try (OutputStream out = request.stream()) {
                    out.write(ScriptedApi.event("ADDED", ScriptedApi.service("c")).getBytes(UTF_8));
                    out.flush();
                    end.await(60, TimeUnit.SECONDS);
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                }
            }
        }); KubernetesSource source = source(api)) {
            source.start(recorder);
            awaitNames("a", "b", "c");
            assertThat(api.requests().stream().filter(query -> query.contains("watch=true")).toList())
                    .satisfiesExactly(first -> assertThat(first).contains("resourceVersion=10&"),
                            then -> assertThat(then).contains("resourceVersion=42&"));
            assertThat(recorder.wholeSets()).isEqualTo(1);
            end.countDown();
        }
    }

    /// As after a restored backup: a watch from the version that was read last would not report anything for a long time.
    @Test
    void aServerThatHasLostDataIsReadAgain() throws Exception {
        AtomicInteger watches = new AtomicInteger();
        CountDownLatch again = new CountDownLatch(1);
        try (ScriptedApi api = new ScriptedApi(request -> {
            if (!request.isWatch()) {
                request.reply(200, watches.get() == 0
                        ? ScriptedApi.services("1000", "", "lost", "stays")
                        : ScriptedApi.services("70", "", "restored", "stays"));
            } else if (watches.incrementAndGet() == 1) {
                request.stream().close();
            } else {
                again.countDown();
                idle(request);
            }
        }); KubernetesSource source = source(api)) {
            source.start(recorder);
            awaitNames("restored", "stays");
            recorder.await("no problem is left", r -> r.problems().isEmpty());
            assertThat(again.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(api.requests().getLast()).contains("resourceVersion=70&");
            end.countDown();
        }
    }

    @Test
    void aListThatIsNoneIsAProblemInWords() throws Exception {
        try (ScriptedApi api = new ScriptedApi(request -> request.reply(200, "<html>\n"));
                KubernetesSource source = source(api)) {
            Thread.ofVirtual().start(() -> source.start(recorder));
            recorder.await("it is told", r -> r.problems().stream()
                    .anyMatch(p -> p.contains("the list of services is not what was expected")
                            && p.contains("there is no last good state to serve meanwhile")));
        }
    }

    /// A missing right to watch, with the right to list.
    @Test
    void aMissingRightToWatchIsReportedUntilItIsThere() throws Exception {
        AtomicInteger lists = new AtomicInteger();
        AtomicBoolean allowed = new AtomicBoolean();
        try (ScriptedApi api = new ScriptedApi(request -> {
            if (!request.isWatch()) {
                request.reply(200, ScriptedApi.services("10", "", "list" + lists.incrementAndGet()));
            } else if (allowed.get()) {
                idle(request);
            } else {
                request.reply(403, "{\"kind\":\"Status\",\"message\":\"no\",\"code\":403}");
            }
        });
                KubernetesSource source = new KubernetesSource(KubernetesSettings.of("kubernetes", api.kubeconfig(folder), "",
                        key -> key.kind().equals("Service"), null).withRecheck(Duration.ofMillis(20)), LastGood.NONE,
                        InstantSource.system(), new Random(1))) {
            source.start(recorder);
            recorder.await("it is told", r -> !r.problems().isEmpty());
            int before = lists.get();
            int told = recorder.problemChanges();
            recorder.await("its objects are listed from time to time", _ -> lists.get() > before + 5);
            assertThat(recorder.problems()).containsExactly("Cluster kubernetes: does not let this gateway watch services "
                    + "(expected: a ClusterRole with the verbs list and watch for them)");
            assertThat(recorder.problemChanges()).as("the problem did not come and go").isEqualTo(told);
            allowed.set(true);
            recorder.await("no problem is left", r -> r.problems().isEmpty());
            end.countDown();
        }
    }

    @Test
    @Tag("suite")
    void aServerThatDoesNotAnswerInTimeWithALargePageIsAskedForSmallerOnes() throws Exception {
        try (ScriptedApi api = new ScriptedApi(request -> {
            if (request.isWatch()) {
                idle(request);
                return;
            }
            if (Integer.parseInt(request.query().replaceAll(".*limit=(\\d+).*", "$1")) > 100) {
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(4));
            }
            request.reply(200, ScriptedApi.services("10", "", "a"));
        });
                KubernetesSource source = new KubernetesSource(KubernetesSettings.of("kubernetes", api.kubeconfig(folder), "",
                        key -> key.kind().equals("Service"), null).withQuiet(Duration.ofSeconds(1)), LastGood.NONE,
                        InstantSource.system(), new Random(1))) {
            source.start(recorder);
            awaitNames("a");
            recorder.await("no problem is left", r -> r.problems().isEmpty());
            end.countDown();
        }
    }

    /// A connection that is lost without notice is replaced, and the time of the failure is told meanwhile.
    @Test
    @Tag("suite")
    void aServerThatFallsSilentIsAskedAndReachedByANewConnection() throws Exception {
        AtomicBoolean silent = new AtomicBoolean();
        AtomicInteger lists = new AtomicInteger();
        CountDownLatch probed = new CountDownLatch(1);
        try (ScriptedApi api = new ScriptedApi(request -> {
            while (silent.get()) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
            if (request.exchange().getRequestURI().getPath().equals("/version")) {
                probed.countDown();
                request.reply(200, "{}");
            } else if (request.isWatch()) {
                idle(request);
            } else {
                request.reply(200, ScriptedApi.services("10", "", "list" + lists.incrementAndGet()));
            }
        });
                KubernetesSource source = new KubernetesSource(KubernetesSettings.of("kubernetes", api.kubeconfig(folder), "",
                        key -> key.kind().equals("Service"), null).withQuiet(Duration.ofSeconds(3)), LastGood.NONE,
                        InstantSource.system(), new Random(1))) {
            source.start(recorder);
            assertThat(probed.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(recorder.problems()).as("a server without news is no problem").isEmpty();
            silent.set(true);
            recorder.await("it is told", r -> r.problems().stream().anyMatch(p -> p.contains(": it stopped answering; ")));
            silent.set(false);
            recorder.await("it is read again", r -> r.problems().isEmpty());
            end.countDown();
        }
    }

    @Test
    void anEventThatIsNoneLeadsToANewList() throws Exception {
        AtomicInteger lists = new AtomicInteger();
        try (ScriptedApi api = new ScriptedApi(request -> {
            if (!request.isWatch()) {
                request.reply(200, ScriptedApi.services("10", "", "list" + lists.incrementAndGet()));
            } else if (lists.get() == 1) {
                try (OutputStream out = request.stream()) {
                    out.write("<html>\n".getBytes(UTF_8));
                }
            } else {
                idle(request);
            }
        }); KubernetesSource source = source(api)) {
            source.start(recorder);
            awaitNames("list2");
            end.countDown();
        }
    }

    @Test
    void aSlowListHoldsTheStartBackAndNothingHalfIsServed() throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (ScriptedApi api = new ScriptedApi(request -> {
            if (request.isWatch()) {
                idle(request);
            } else if (!request.query().contains("continue=next")) {
                request.reply(200, ScriptedApi.services("1", "next", "a"));
            } else {
                second.countDown();
                try {
                    go.await(30, TimeUnit.SECONDS);
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                }
                request.reply(200, ScriptedApi.services("1", "", "b"));
            }
        }); KubernetesSource source = source(api)) {
            Thread start = Thread.ofVirtual().start(() -> source.start(recorder));
            assertThat(second.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(recorder.deliveries()).isZero();
            go.countDown();
            start.join();
            assertThat(recorder.names("Service", "default")).containsExactly("a", "b");
            end.countDown();
        }
    }

    /// Otherwise every further write of a status would conflict.
    @Test
    void theAnswerToAWriteThatComesLateDoesNotReplaceALaterVersion() throws Exception {
        try (ScriptedApi api = new ScriptedApi(request -> {
            if (request.isWatch()) {
                idle(request);
            } else {
                request.reply(200, ScriptedApi.services("10", "", "a"));
            }
        }); ClusterApi client = ClusterApi.of(api.kubeconfig(folder), "", Duration.ofSeconds(30))) {
            WatchedKind services = WatchedKind.ALL.stream().filter(kind -> kind.kind().equals("Service")).findFirst()
                    .orElseThrow();
            CountDownLatch listed = new CountDownLatch(1);
            KindWatch watch = new KindWatch(services, KubernetesSettings.of("kubernetes", null, "", _ -> true, null), client,
                    new Ignoring(listed), new Random(1));
            Thread thread = Thread.ofVirtual().start(watch);
            assertThat(listed.await(30, TimeUnit.SECONDS)).isTrue();
            ResourceKey key = new ResourceKey("", "Service", "default", "a");
            watch.wrote(key, "6", new byte[] {1});
            assertThat(watch.seen(key).resourceVersion()).isEqualTo("7");
            watch.wrote(key, "10", new byte[] {1});
            assertThat(watch.seen(key).resourceVersion()).isEqualTo("10");
            end.countDown();
            thread.interrupt();
        }
    }

    private record Ignoring(CountDownLatch listed) implements KindWatch.Listener {
        @Override
        public void listed(KindWatch watch, List<Resource> all) {
            listed.countDown();
        }

        @Override
        public void changed(KindWatch watch, Map<ResourceKey, @Nullable Resource> changes) {}

        @Override
        public void statusChanged(ResourceKey key) {}

        @Override
        public void failed(KindWatch watch, KindWatch.Failure failure) {}

        @Override
        public void recovered(KindWatch watch) {}
    }

    @Test
    void theServersOwnWordsAreTold() throws Exception {
        try (ScriptedApi api = new ScriptedApi(request -> request.reply(401,
                "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"message\":\"Unauthorized\",\"code\":401}"));
                KubernetesSource source = source(api)) {
            Thread.ofVirtual().start(() -> source.start(recorder));
            recorder.await("the refusal is told", r -> r.problems().stream().anyMatch(p -> p.contains(": Unauthorized; ")));
        }
    }
}
