package io.jigress.plugins;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HttpFilter;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.api.Services;
import io.jigress.plugins.jar.JarBuilder;
import io.jigress.plugins.jar.JarFactory;
import io.jigress.plugins.jar.JarRuntime;
import io.jigress.plugins.lua.LuaFactory;
import io.jigress.plugins.process.PluginGateway;
import io.jigress.plugins.process.PluginGateway.Plugin;
import io.jigress.plugins.wasm.WasmSwaps;
import io.jigress.testkit.Poll;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.jigress.testkit.WebSocketEcho;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Plugins that are replaced again and again while requests run: none fails, and what was replaced is collected. The system property
/// `jigress.swaps` is the number of swaps (25).
@Tag("suite")
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class SwapTest {
    private static final int SWAPS = Integer.getInteger("jigress.swaps", 25);
    private static final int CLIENTS = 4;
    /// Filters that a gateway keeps without users, those in use, and one that an exchange may still have.
    private static final int KEPT = 6;

    @TempDir private static Path folder;
    private static Path jar;

    @BeforeAll
    static void build() {
        jar = JarBuilder.testPlugins(folder);
    }

    /// Remembers weakly what a factory makes.
    private record Tracked<C>(FilterFactory<C> factory, List<WeakReference<Object>> made) implements FilterFactory<C> {
        static <C> Tracked<C> of(FilterFactory<C> factory) {
            return new Tracked<>(factory, new CopyOnWriteArrayList<>());
        }

        @Override
        public String name() {
            return factory.name();
        }

        @Override
        public FilterPhase phase() {
            return factory.phase();
        }

        @Override
        public int priority() {
            return factory.priority();
        }

        @Override
        public C parse(JsonReader config) {
            return factory.parse(config);
        }

        @Override
        public boolean protects() {
            return factory.protects();
        }

        @Override
        public CompletionStage<PreparedFilter> prepare(C config) {
            return factory.prepare(config).thenApply(prepared -> {
                made.add(new WeakReference<>(prepared));
                return new PreparedFilter() {
                    @Override
                    public HttpFilter create(Services services) {
                        HttpFilter filter = prepared.create(services);
                        made.add(new WeakReference<>(filter));
                        return filter;
                    }

                    @Override
                    public void close() {
                        prepared.close();
                    }
                };
            });
        }

        long alive() {
            return made.stream().filter(each -> !each.refersTo(null)).count();
        }
    }

    private interface Config {
        String of(int swap);
    }

    private static void swap(Tracked<?> factory, Config config, Runnable whenClosed) throws Exception {
        swapUnderLoad(factory, config);
        awaitCollected(factory, 0);
        whenClosed.run();
    }

    /// A method of its own, whose variables are gone when it has returned.
    private static void swapUnderLoad(Tracked<?> factory, Config config) throws Exception {
        ConcurrentLinkedQueue<String> failed = new ConcurrentLinkedQueue<>();
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong requests = new AtomicLong();
        try (TestUpstream upstream = TestUpstream.start(call -> {
            if (WebSocketEcho.isOpening(call)) {
                WebSocketEcho.serve(call);
            } else {
                call.request();
                call.write(Reply.ok("fine"));
            }
        })) {
            PluginGateway gateway = PluginGateway.to(upstream.address()).loops(2)
                    .plugin(new Plugin(factory, config.of(0), List.of())).start();
            List<Thread> clients = new ArrayList<>();
            HttpClient http = HttpClient.newHttpClient();
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    clients.add(Thread.ofPlatform().start(() -> {
                        try (TestClient client = TestClient.connect(gateway.port())) {
                            while (!stop.get()) {
                                ReceivedResponse response = client.request("GET", "/");
                                if (response.status() != 200) {
                                    failed.add(response.toString());
                                }
                                requests.incrementAndGet();
                            }
                        } catch (RuntimeException | AssertionError e) {
                            failed.add(e.toString());
                        }
                    }));
                }
                EchoListener echo = new EchoListener();
                WebSocket socket = http.newWebSocketBuilder()
                        .buildAsync(URI.create("ws://127.0.0.1:" + gateway.port() + "/socket"), echo).get(20, TimeUnit.SECONDS);
                for (int i = 1; i <= SWAPS; i++) {
                    long before = requests.get();
                    gateway.replace(new Plugin(factory, config.of(i), List.of()));
                    while (requests.get() < before + 2 * CLIENTS && failed.isEmpty()) {
                        Poll.pause();
                    }
                    if (i % 50 == 0) {
                        awaitCollected(factory, 4L * KEPT);
                    }
                }
                assertThat(failed).isEmpty();
                // A connection that was opened through the first plugin does not keep it.
                awaitCollected(factory, 4L * KEPT);
                socket.sendText("still here", true);
                assertThat(echo.received.get(20, TimeUnit.SECONDS)).isEqualTo("still here");
                socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(20, TimeUnit.SECONDS);
            } finally {
                stop.set(true);
                for (Thread client : clients) {
                    client.join();
                }
                http.shutdownNow();
                gateway.close();
            }
            assertThat(failed).isEmpty();
        }
    }

    private static final class EchoListener implements WebSocket.Listener {
        private final CompletableFuture<String> received = new CompletableFuture<>();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            received.complete(data.toString());
            socket.request(1);
            return CompletableFuture.completedFuture(null);
        }
    }

    private static void awaitCollected(Tracked<?> factory, long most) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(6);
        while (factory.alive() > most) {
            assertThat(System.nanoTime())
                    .as("of %s, %s are in memory (expected: at most %s)", factory.made().size(), factory.alive(),
                            most)
                    .isLessThan(end);
            System.gc();
        }
    }

    private static void awaitNoLoader(JarRuntime runtime) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(6);
        while (runtime.loaders() > 0) {
            assertThat(System.nanoTime()).as("%s class loaders are in memory", runtime.loaders()).isLessThan(end);
            System.gc();
        }
    }

    /// It leaves thread-local variables on the event loops, and has a thread with a timer.
    @Test
    void ofAJarInEventStyle() throws Exception {
        JarRuntime runtime = new JarRuntime(folder.resolve("jars"), null);
        swap(Tracked.of(JarFactory.of(runtime)), i -> jarConfig("event", i), () -> awaitNoLoader(runtime));
    }

    /// It has an HTTP client, and a WebSocket that it has opened itself.
    @Test
    void ofAJarThatBlocks() throws Exception {
        JarRuntime runtime = new JarRuntime(folder.resolve("jars"), null);
        try (TestUpstream sockets = TestUpstream.start(WebSocketEcho::serve)) {
            swap(Tracked.of(JarFactory.of(runtime)), i -> jarConfig("blocking", i).replace("'timer': true",
                    "'socket': 'ws://" + sockets.authority() + "/'"), () -> awaitNoLoader(runtime));
        }
    }

    private static String jarConfig(String name, int i) {
        return "{'name': 'test/jar', 'url': '" + jar.toUri() + "', 'factory': '" + name + "', 'revision': '" + i
                + "', 'limits': {'deadline': '30s'}, 'config': {'word': 'w" + i + "', 'timer': true}}";
    }

    @Test
    void ofALuaScript() throws Exception {
        swap(Tracked.of(LuaFactory.withThreadClock()), i -> "{'name': 'test/lua', 'script': 'n = " + i
                + "; function envoy_on_request(h) h:headers():replace([[x-word]], [[w" + i + "]]) end'}", () -> {});
    }

    @Test
    void ofAWasmModule() throws Exception {
        try (WasmSwaps modules = new WasmSwaps(folder)) {
            swap(Tracked.of(modules.factory()), modules::config, () -> {});
        }
    }
}
