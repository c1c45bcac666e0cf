package io.jigress.app.market;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Reads files, and fetches documents over HTTP.
final class Fetched implements Downloads {
    private static final Duration CONNECT = Duration.ofSeconds(10);

    private final Duration answer;

    Fetched() {
        this(Duration.ofSeconds(40));
    }

    /// @param answer how long a whole answer may take
    Fetched(Duration answer) {
        this.answer = answer;
    }

    @Override
    public byte[] get(String url, @Nullable String sha256, Wanted what) throws IOException {
        if (!url.matches("(?:file|https?):.*")) {
            throw new IOException("cannot be fetched (expected: file:///…, http://… or https://…)");
        }
        byte[] bytes = url.startsWith("file:") ? file(url, what.bytes) : http(url, what.bytes);
        String digest = sha256(bytes);
        if (sha256 != null && !sha256.equals(digest)) {
            throw new IOException("has the SHA-256 " + digest + " (expected: " + sha256 + ")");
        }
        return bytes;
    }

    private byte[] http(String url, int most) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(answer).build();
        // Redirects from https to http are not followed.
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT).followRedirects(HttpClient.Redirect.NORMAL)
                .build()) {
            // The timeout of a request is over with the head of its response.
            CompletableFuture<Void> deadline = CompletableFuture.runAsync(client::shutdownNow,
                    CompletableFuture.delayedExecutor(answer.toMillis(), TimeUnit.MILLISECONDS));
            HttpResponse<InputStream> response = send(client, request);
            if (response.statusCode() != 200) {
                client.shutdownNow();
                throw new IOException("cannot be fetched: the server answered " + response.statusCode());
            }
            byte[] bytes = read(response, most);
            deadline.cancel(false);
            if (bytes.length > most) {
                client.shutdownNow();
                throw new IOException("has more than " + most + " bytes");
            }
            return bytes;
        }
    }

    private static HttpResponse<InputStream> send(HttpClient client, HttpRequest request) throws IOException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new IOException("cannot be fetched: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("was not fetched: the thread was interrupted", e);
        }
    }

    private static byte[] read(HttpResponse<InputStream> response, int most) throws IOException {
        try (InputStream in = response.body()) {
            return in.readNBytes(most + 1);
        } catch (IOException e) {
            throw new IOException("cannot be fetched: " + e, e);
        }
    }

    private static byte[] file(String url, int most) throws IOException {
        Path file = Path.of(URI.create(url));
        try {
            if (Files.size(file) > most) {
                throw new IOException("has " + Files.size(file) + " bytes (expected: at most " + most + ")");
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException _) {
            throw new IOException("does not exist");
        }
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
