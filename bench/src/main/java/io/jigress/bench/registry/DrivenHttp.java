package io.jigress.bench.registry;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A registry with an HTTP API whose responses are JSON.
abstract class DrivenHttp implements DrivenRegistry {
    private static final Duration TIMEOUT = Duration.ofSeconds(70);

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final String server;

    DrivenHttp(String server) {
        this.server = server;
    }

    /// Asks again and again, each time for what is newer than the response before.
    interface Question {
        HttpResponse<String> ask() throws IOException, InterruptedException;
    }

    final HttpResponse<String> ask(String method, String path, String body) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(URI.create("http://" + server + path)).timeout(TIMEOUT)
                .header("content-type", "application/json").header("accept", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body)).build(), HttpResponse.BodyHandlers.ofString());
    }

    final void change(String method, String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = ask(method, path, body);
        if (response.statusCode() >= 300 && response.statusCode() != 404) {
            throw new IOException(response.statusCode() + " " + response.body());
        }
    }

    /// Tells of the ports whenever they differ from those before.
    ///
    /// @param port has the port as its first group
    /// @param pauseMillis between two questions
    static void poll(Question question, Pattern port, long pauseMillis, Consumer<Set<Integer>> heard) {
        Thread.ofPlatform().daemon().start(() -> {
            Set<Integer> last = Set.of(-1);
            while (true) {
                try {
                    Set<Integer> ports = port.matcher(question.ask().body()).results()
                            .map(match -> Integer.valueOf(match.group(1)))
                            .collect(Collectors.toSet());
                    if (!ports.equals(last)) {
                        heard.accept(ports);
                    }
                    last = ports;
                    Thread.sleep(pauseMillis);
                } catch (IOException _) {
                    try {
                        Thread.sleep(50);
                    } catch (InterruptedException _) {
                        return;
                    }
                } catch (InterruptedException _) {
                    return;
                }
            }
        });
    }
}
