package io.jigress.sources.registry;

import io.jigress.api.Json;
import io.jigress.control.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Requests JSON from the servers of a registry by HTTP, for clients without a library: one HTTP client and three threads per registry, regardless
/// of the number of pending requests.
public final class HttpAsker implements AutoCloseable {
    /// The limit of a response.
    private static final long BODY_BYTES = 16L << 20;
    public static final int TOO_LARGE = 413;
    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final long FIRST_RETRY_MILLIS = 500;
    private static final long LAST_RETRY_MILLIS = 30_000;
    /// While there is no connection, one of the requests that wait is sent after at most this time.
    private static final long PROBE_MILLIS = 1000;
    /// Over which the others are spread when it is answered.
    private static final long RECOVERY_MILLIS = 500;
    private static final int WORDS = 300;

    private final List<String> servers;
    private final Map<String, String> fields;
    private final ExecutorService executor;
    private final ScheduledExecutorService timer;
    private final HttpClient http;
    private final String scheme;
    private final AtomicInteger server = new AtomicInteger();
    private final Set<Retry> retries = ConcurrentHashMap.newKeySet();
    /// The one that is sent early.
    private final AtomicReference<@Nullable Retry> probe = new AtomicReference<>();
    private volatile boolean connected;
    private volatile String error = "";

    /// The result of a request.
    public sealed interface Answer {
        record Got(Json json, HttpHeaders headers) implements Answer {}

        /// The server answered 404.
        record Absent() implements Answer {}

        /// No response, or an error, with the server's message.
        ///
        /// @param status 0 when there was no response, [#TOO_LARGE] when it is larger than the limit
        record Failed(String why, int status) implements Answer {}
    }

    /// @param name for threads
    /// @param servers `host:port`; the next one is used when one fails
    /// @param fields header fields of every request
    /// @param tls null for plain HTTP
    public HttpAsker(String name, List<String> servers, Map<String, String> fields, @Nullable SSLContext tls) {
        this.servers = List.copyOf(servers);
        this.fields = Map.copyOf(fields);
        // The HTTP client would refuse it with a message that contains the value.
        if (fields.values().stream().anyMatch(value -> value.chars().anyMatch(c -> c < ' ' || c == 127))) {
            throw new IllegalArgumentException("the login has a control character (expected: none)");
        }
        executor = Executors.newFixedThreadPool(2, Thread.ofPlatform().name(name + "-", 0).daemon().factory());
        timer = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().name(name + "-timer").daemon().factory());
        scheme = tls == null ? "http://" : "https://";
        HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(CONNECT).executor(executor)
                .version(HttpClient.Version.HTTP_1_1);
        http = (tls == null ? builder : builder.sslContext(tls)).build();
    }

    /// Whether the last request was answered, and its error.
    public RegistryClient.State state() {
        return new RegistryClient.State(connected, error);
    }

    /// Sends a request without waiting; the result is delivered on a thread of this object.
    ///
    /// @param target path and query
    public void get(String target, Duration timeout, Consumer<Answer> then) {
        int turn = server.get();
        String at = servers.get(Math.floorMod(turn, servers.size()));
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(scheme + at + target)).timeout(timeout)
                .header("accept", "application/json");
        fields.forEach(request::header);
        http.sendAsync(request.build(), HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), BODY_BYTES))
                .handle((response, fault) -> answer(at, response, fault)).thenAccept(answer -> {
                    if (answer instanceof Answer.Failed(String why, _)) {
                        connected = false;
                        error = why;
                        server.compareAndSet(turn, turn + 1);
                    } else {
                        boolean recovered = !connected;
                        connected = true;
                        error = "";
                        if (recovered) {
                            recover();
                        }
                    }
                    then.accept(answer);
                });
    }

    private static Answer answer(String at, @Nullable HttpResponse<byte[]> response, @Nullable Throwable fault) {
        if (response == null) {
            Throwable cause = fault instanceof CompletionException && fault.getCause() != null ? fault.getCause() : fault;
            // The words of the JDK's limiting body handler; there is no type for it.
            boolean tooLarge = cause instanceof IOException && String.valueOf(cause.getMessage()).contains("exceeds capacity");
            String words = cause instanceof HttpTimeoutException ? "no answer in time"
                    : cause instanceof IOException && cause.getMessage() != null ? cause.getMessage()
                    : cause instanceof java.net.ConnectException ? "cannot connect" : String.valueOf(cause);
            return new Answer.Failed(at + ": " + words, tooLarge ? TOO_LARGE : 0);
        }
        if (response.statusCode() == 404) {
            return new Answer.Absent();
        }
        if (response.statusCode() != 200) {
            return new Answer.Failed(at + ": " + response.statusCode() + " " + words(response.body()), response.statusCode());
        }
        return switch (JsonParser.parse(response.body())) {
            case JsonParser.Result.Parsed(Json json) -> new Answer.Got(json, response.headers());
            case JsonParser.Result.Broken broken ->
                new Answer.Failed(at + ": answered with something that is not JSON: " + broken.what(), 200);
        };
    }

    private static String words(byte[] body) {
        String line = new String(body, 0, Math.min(body.length, 4 * WORDS), java.nio.charset.StandardCharsets.UTF_8)
                .replaceAll("\\s+", " ").strip();
        return line.length() > WORDS ? line.substring(0, WORDS) + "…" : line;
    }

    /// Runs the task after a pause that grows with the number of failures in a row, or soon after the registry has answered another request. While there is no
    /// connection, one task does not wait longer than a second, so that the end of an outage is noticed whatever the number of failures.
    public void retry(int failures, Runnable task) {
        Retry retry = new Retry(task);
        retries.add(retry);
        long millis = pause(failures).toMillis();
        if (!connected && probe.compareAndSet(null, retry)) {
            millis = Math.min(millis, PROBE_MILLIS / 2 + ThreadLocalRandom.current().nextLong(PROBE_MILLIS / 2));
        }
        after(Duration.ofMillis(millis), retry);
    }

    private void recover() {
        for (Retry retry : retries) {
            after(Duration.ofMillis(ThreadLocalRandom.current().nextLong(RECOVERY_MILLIS)), retry);
        }
    }

    /// Runs once, however often it is scheduled.
    private final class Retry implements Runnable {
        private final Runnable task;

        Retry(Runnable task) {
            this.task = task;
        }

        @Override
        public void run() {
            probe.compareAndSet(this, null);
            if (retries.remove(this)) {
                task.run();
            }
        }
    }

    /// Runs the task later, unless it is closed by then.
    public void after(Duration delay, Runnable task) {
        try {
            timer.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException _) {
            // Closed.
        }
    }

    /// The pause after the given number of failures in a row: exponential, with jitter.
    public static Duration pause(int failures) {
        long delay = Math.min(LAST_RETRY_MILLIS, FIRST_RETRY_MILLIS << Math.min(Math.max(0, failures - 1), 10));
        return Duration.ofMillis(delay / 2 + ThreadLocalRandom.current().nextLong(delay));
    }

    @Override
    public void close() {
        timer.shutdownNow();
        http.shutdownNow();
        executor.shutdownNow();
    }
}
