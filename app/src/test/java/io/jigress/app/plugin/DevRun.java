package io.jigress.app.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.ProcessRun;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// A running `jigress plugin dev`, in front of an upstream that answers with a field of the request.
final class DevRun implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 180;

    private final ProcessRun process;
    private final TestUpstream upstream;
    private final int port;
    private final CompletableFuture<Integer> end;

    private DevRun(ProcessRun process, TestUpstream upstream, int port, CompletableFuture<Integer> end) {
        this.process = process;
        this.upstream = upstream;
        this.port = port;
        this.end = end;
    }

    /// @param field of requests, whose value the upstream answers
    /// @param arguments after `plugin dev`
    static DevRun start(Path folder, String field, String... arguments) throws Exception {
        ProcessRun process = new ProcessRun(folder);
        TestUpstream upstream = TestUpstream.start(call -> call.write(Reply.ok(String.valueOf(call.headers().first(field)))));
        int port = freePort();
        List<String> all = new ArrayList<>(List.of("plugin", "dev"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--to", "http://localhost:" + upstream.port(), "--port", String.valueOf(port), "--set",
                "admin.address=off"));
        CompletableFuture<Integer> end = CompletableFuture.supplyAsync(() -> process.run(all.toArray(String[]::new)),
                task -> Thread.ofPlatform().daemon().start(task));
        DevRun run = new DevRun(process, upstream, port, end);
        run.await("the start", () -> process.out().contains("the gateway runs on port") || end.isDone());
        assertThat(end).as(process.out() + process.err()).isNotDone();
        return run;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    String text(String... headers) {
        return TestClient.get(port, "/", headers).text();
    }

    int status(String... headers) {
        return TestClient.get(port, "/", headers).status();
    }

    /// Sends requests until one is answered with this.
    void awaitText(String text) {
        await("the answer " + text, () -> text().equals(text));
    }

    /// Waits until the command has printed a text so many times.
    void awaitOutput(String text, int times) {
        await(times + " times \"" + text + "\"",
                () -> process.out().split(java.util.regex.Pattern.quote(text), -1).length > times);
    }

    void await(String what, BooleanSupplier condition) {
        long last = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("%s; output: %s%s", what, process.out(), process.err()).isLessThan(last);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    @Override
    public void close() {
        process.terminate();
        assertThat(end.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join()).isZero();
        upstream.close();
    }
}
