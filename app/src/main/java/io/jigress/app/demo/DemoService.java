package io.jigress.app.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.jigress.admin.PrettyJson;
import io.jigress.api.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.TreeMap;

/// An upstream of the demo: answers every request with its name and what it received.
public final class DemoService implements AutoCloseable {
    private final String name;
    private final HttpServer server;

    private DemoService(String name, HttpServer server) {
        this.name = name;
        this.server = server;
    }

    /// Listens on a free port of the loopback address.
    public static DemoService start(String name) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        DemoService service = new DemoService(name, server);
        server.createContext("/", service::answer);
        server.setExecutor(task -> Thread.ofVirtual().start(task));
        server.start();
        return service;
    }

    public String name() {
        return name;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Json.Builder headers = Json.object();
            new TreeMap<>(exchange.getRequestHeaders())
                    .forEach((field, values) -> headers.put(field.toLowerCase(Locale.ROOT), String.join(", ", values)));
            Json received = Json.object()
                    .put("service", name)
                    .put("method", exchange.getRequestMethod())
                    .put("target", exchange.getRequestURI().toString())
                    .put("headers", headers.build())
                    .build();
            byte[] body = (PrettyJson.print(received) + "\n").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("content-type", "application/json");
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(200, head ? -1 : body.length);
            if (!head) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
