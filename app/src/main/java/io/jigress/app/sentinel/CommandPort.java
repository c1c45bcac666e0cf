package io.jigress.app.sentinel;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Settings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The command port of Sentinel: answers the commands that a dashboard sends to its clients, as `GET` or as `POST` with a form.
public final class CommandPort implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CommandPort.class);
    private static final int MOST_BYTES = 8 << 20;
    /// Requests are read by several threads, since a client may send slowly.
    private static final int THREADS = 8;
    /// How long a request may take to arrive, and its response to be taken.
    private static final String MOST_SECONDS = "10";
    private static final String MOST_CONNECTIONS = "64";

    static {
        // The JDK's server has no other way to set these limits, and reads them once.
        for (String limit : List.of("sun.net.httpserver.maxReqTime", "sun.net.httpserver.maxRspTime")) {
            System.setProperty(limit, System.getProperty(limit, MOST_SECONDS));
        }
        String connections = "jdk.httpserver.maxConnections";
        System.setProperty(connections, System.getProperty(connections, MOST_CONNECTIONS));
    }

    private final HttpServer server;
    private final ExecutorService workers;
    private final SentinelCommands commands;
    private final String token;

    private CommandPort(HttpServer server, SentinelCommands commands, String token) {
        this.server = server;
        this.commands = commands;
        this.token = token;
        workers = Executors.newFixedThreadPool(THREADS, Thread.ofPlatform().daemon().name("sentinel-command-", 1).factory());
    }

    /// Listens at the address of the settings.
    static CommandPort start(Settings settings, Path folder, SentinelCommands commands) throws CannotStart {
        ListenAddress address = settings.value(KnownSettings.SENTINEL_COMMAND_ADDRESS);
        String token = token(settings, folder);
        InetSocketAddress socket = address.socket();
        if (token.isEmpty() && (socket.getAddress() == null || !socket.getAddress().isLoopbackAddress())) {
            throw new CannotStart("sentinel.command.address: is " + address
                    + ", from which anybody could change rules (expected: a token in sentinel.command.token.file, or a loopback address)");
        }
        try {
            HttpServer server = HttpServer.create(socket, 16);
            CommandPort port = new CommandPort(server, commands, token);
            server.setExecutor(port.workers);
            server.createContext("/", port::answer);
            server.start();
            log.info("Sentinel's command port listens on {}:{}", server.getAddress().getHostString(),
                    server.getAddress().getPort());
            return port;
        } catch (IOException e) {
            throw new CannotStart("sentinel.command.address: cannot listen on " + address + ": " + e.getMessage());
        }
    }

    private static String token(Settings settings, Path folder) throws CannotStart {
        String file = settings.value(KnownSettings.SENTINEL_COMMAND_TOKEN_FILE);
        if (file.isEmpty()) {
            return "";
        }
        try {
            String token = Files.readString(folder.resolve(file)).strip();
            if (token.isEmpty()) {
                throw new CannotStart("sentinel.command.token.file: " + file + " is empty (expected: a token)");
            }
            return token;
        } catch (IOException e) {
            throw new CannotStart("sentinel.command.token.file: cannot read " + file + ": " + e.getMessage());
        }
    }

    InetSocketAddress address() {
        return server.getAddress();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            SentinelCommands.Answer answer = answered(exchange);
            byte[] body = answer.text().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("content-type", "text/plain; charset=utf-8");
            exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        } catch (RuntimeException e) {
            log.error("a command failed: {}", exchange.getRequestURI().getPath(), e);
        }
    }

    private SentinelCommands.Answer answered(HttpExchange exchange) throws IOException {
        Map<String, String> parameters = new TreeMap<>();
        String query = exchange.getRequestURI().getRawQuery();
        read(query == null ? "" : query, parameters);
        byte[] body = exchange.getRequestBody().readNBytes(MOST_BYTES + 1);
        if (body.length > MOST_BYTES) {
            return new SentinelCommands.Answer(413, "more than " + MOST_BYTES + " bytes");
        }
        read(new String(body, StandardCharsets.UTF_8), parameters);
        if (!token.isEmpty() && !allowed(exchange, parameters)) {
            return new SentinelCommands.Answer(401, "the token is missing or another");
        }
        String path = exchange.getRequestURI().getPath();
        // One command at a time.
        synchronized (commands) {
            return commands.answer(path.startsWith("/") ? path.substring(1) : path, parameters);
        }
    }

    private boolean allowed(HttpExchange exchange, Map<String, String> parameters) {
        String header = exchange.getRequestHeaders().getFirst("Authorization");
        String given = header != null && header.startsWith("Bearer ")
                ? header.substring("Bearer ".length())
                : parameters.getOrDefault("token", "");
        return MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }

    private static void read(String form, Map<String, String> into) {
        for (String pair : form.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                into.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
            }
        }
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return text; // not a valid escape
        }
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }
}
