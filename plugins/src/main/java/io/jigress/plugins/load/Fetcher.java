package io.jigress.plugins.load;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Fetches documents over HTTP, each with a client of its own, so that no thread and no file stays between downloads. Credentials are not sent to another host than the one that they are for. Slow; for several threads.
final class Fetcher {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final int MAX_REDIRECTS = 5;

    private final Duration answerTime;

    /// @param answer how long a whole answer may take
    Fetcher(Duration answer) {
        this.answerTime = answer;
    }

    /// An answer with any status.
    record Answer(int status, HttpHeaders headers, byte[] body) {

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    /// @param accept the media types that are wanted
    /// @param authorization null for none
    /// @param maxBytes the longest body
    Answer get(String url, String accept, @Nullable String authorization, int maxBytes) throws CodeFault {
        try {
            return follow(url, accept, authorization, maxBytes);
        } catch (IllegalArgumentException e) {
            throw new CodeFault("cannot be fetched: " + e.getMessage());
        }
    }

    /// @throws IllegalArgumentException when it comes to what is no URL of HTTP
    private Answer follow(String url, String accept, @Nullable String authorization, int maxBytes) throws CodeFault {
        URI uri = URI.create(url);
        String credentials = authorization;
        for (int i = 0; i <= MAX_REDIRECTS; i++) {
            Answer answer = once(uri, accept, credentials, maxBytes);
            String location = answer.headers().firstValue("location").orElse("");
            if (answer.status() / 100 != 3 || location.isEmpty()) {
                return answer;
            }
            URI next = uri.resolve(location);
            if ("https".equals(uri.getScheme()) && !"https".equals(next.getScheme())) {
                throw new CodeFault("is redirected from https to " + next.getScheme());
            }
            if (!String.valueOf(next.getAuthority()).equals(uri.getAuthority())) {
                credentials = null;
            }
            uri = next;
        }
        throw new CodeFault("is redirected more than " + MAX_REDIRECTS + " times");
    }

    private Answer once(URI uri, String accept, @Nullable String authorization, int maxBytes) throws CodeFault {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(answerTime).header("accept", accept);
        if (authorization != null) {
            request.header("authorization", authorization);
        }
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT).followRedirects(HttpClient.Redirect.NEVER)
                .build()) {
            // The timeout of a request is over with the head of its response.
            CompletableFuture<Void> deadline = CompletableFuture.runAsync(client::shutdownNow,
                    CompletableFuture.delayedExecutor(answerTime.toMillis(), TimeUnit.MILLISECONDS));
            try {
                HttpResponse<InputStream> response = client.send(request.GET().build(),
                        HttpResponse.BodyHandlers.ofInputStream());
                return read(response, client, maxBytes);
            } finally {
                deadline.cancel(false);
            }
        } catch (IOException e) {
            throw new CodeFault("cannot be fetched from " + uri.getAuthority() + ": " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CodeFault("was not fetched: the thread was interrupted");
        }
    }

    private static Answer read(HttpResponse<InputStream> response, HttpClient client, int maxBytes)
            throws IOException, CodeFault {
        try (InputStream in = response.body()) {
            byte[] body = in.readNBytes(maxBytes + 1);
            if (body.length > maxBytes) {
                client.shutdownNow();
                throw new CodeFault("has more than " + maxBytes + " bytes");
            }
            return new Answer(response.statusCode(), response.headers(), body);
        }
    }
}
