package io.jigress.sources.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/// A server that gives responses which a real API server cannot be made to give at a given moment: an expired version, a list that stalls, an
/// invalid event.
final class ScriptedApi implements AutoCloseable {
    private final HttpServer server;
    private final List<String> requests = new CopyOnWriteArrayList<>();

    /// Answers one request.
    interface Script {
        void answer(Request request) throws IOException;
    }

    /// @param query without its question mark
    record Request(String query, int number, HttpExchange exchange) {
        boolean isWatch() { return query.contains("watch=true"); }

        void reply(int code, String body) throws IOException {
            byte[] bytes = body.getBytes(UTF_8);
            exchange.sendResponseHeaders(code, bytes.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        }

        /// A body that stays open until it is closed.
        OutputStream stream() throws IOException {
            exchange.sendResponseHeaders(200, 0);
            return exchange.getResponseBody();
        }
    }

    ScriptedApi(Script script) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            String query = String.valueOf(exchange.getRequestURI().getQuery());
            requests.add(query);
            try (exchange) {
                script.answer(new Request(query, requests.size(), exchange));
            }
        });
        server.start();
    }

    /// The queries so far.
    List<String> requests() {
        return requests;
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    Path kubeconfig(Path folder) {
        try {
            return Files.writeString(folder.resolve("kubeconfig"), """
                    apiVersion: v1
                    kind: Config
                    clusters: [{name: t, cluster: {server: "%s"}}]
                    users: [{name: u, user: {token: t}}]
                    contexts: [{name: t, context: {cluster: t, user: u}}]
                    current-context: t
                    """.formatted(url()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A list of Services.
    static String services(String version, String next, String... names) {
        return "{\"kind\":\"ServiceList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"" + version
                + "\",\"continue\":\"" + next
                + "\"},\"items\":[" + String.join(",", List.of(names).stream().map(ScriptedApi::service).toList()) + "]}";
    }

    static String service(String name) {
        return "{\"metadata\":{\"name\":\"" + name + "\",\"namespace\":\"default\",\"resourceVersion\":\"7\"},\"spec\":{}}";
    }

    static String gone() {
        return "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"too old resource version\","
                + "\"reason\":\"Expired\",\"code\":410}";
    }

    static String event(String type, String object) {
        return "{\"type\":\"" + type + "\",\"object\":" + object + "}\n";
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
