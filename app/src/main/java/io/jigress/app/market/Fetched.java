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
import org.jspecify.annotations.Nullable;

/// Reads files, and fetches documents over HTTP.
final class Fetched implements Downloads {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(40);

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

    private static byte[] http(String url, int most) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(ANSWER).build();
        // Redirects from https to http are not followed.
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT).followRedirects(HttpClient.Redirect.NORMAL)
                .build()) {
            HttpResponse<InputStream> response = send(client, request);
            try (InputStream in = response.body()) {
                if (response.statusCode() != 200) {
                    throw new IOException("cannot be fetched: the server answered " + response.statusCode());
                }
                byte[] bytes = in.readNBytes(most + 1);
                if (bytes.length > most) {
                    throw new IOException("has more than " + most + " bytes");
                }
                return bytes;
            }
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
