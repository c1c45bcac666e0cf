package io.jigress.app.sentinel;

import io.jigress.sentinel.engine.SentinelEngine;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends a heartbeat with the address of the command port to Sentinel's dashboards, every ten seconds.
final class Heartbeat implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Heartbeat.class);
    private static final long INTERVAL_SECONDS = 10;
    private static final Duration TIMEOUT = Duration.ofSeconds(3);
    /// A gateway, in the numbers of Sentinel.
    private static final String APP_TYPE = "1";

    private final List<String> dashboards;
    private final String app;
    private final InetSocketAddress commands;
    private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private final ScheduledExecutorService timer = Executors
            .newSingleThreadScheduledExecutor(task -> Thread.ofPlatform().daemon().name("sentinel-heartbeat").unstarted(task));
    /// The last message that was logged. On the timer's thread.
    private String logged = "";

    private Heartbeat(List<String> dashboards, String app, InetSocketAddress commands) {
        this.dashboards = List.copyOf(dashboards);
        this.app = app;
        this.commands = commands;
    }

    /// @param dashboards `host:port`, tried in this order
    static Heartbeat start(List<String> dashboards, String app, InetSocketAddress commands) {
        Heartbeat heartbeat = new Heartbeat(dashboards, app, commands);
        heartbeat.timer.scheduleWithFixedDelay(heartbeat::beat, 0, INTERVAL_SECONDS, TimeUnit.SECONDS);
        return heartbeat;
    }

    private void beat() {
        String fault = "";
        for (String dashboard : dashboards) {
            try {
                HttpResponse<String> answer = http
                        .send(HttpRequest.newBuilder(URI.create("http://" + dashboard + "/registry/machine"))
                                .timeout(TIMEOUT).header("content-type", "application/x-www-form-urlencoded")
                                .POST(HttpRequest.BodyPublishers.ofString(form())).build(), HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() == 200) {
                    tell("registered at the dashboard " + dashboard, false);
                    return;
                }
                fault = dashboard + " answers " + answer.statusCode();
            } catch (IOException | IllegalArgumentException e) {
                fault = dashboard + ": " + (e.getMessage() == null ? "cannot connect" : e.getMessage());
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        tell("no dashboard of Sentinel accepts the heartbeat: " + fault, true);
    }

    private void tell(String words, boolean fault) {
        if (words.equals(logged)) {
            return;
        }
        logged = words;
        if (fault) {
            log.warn(words);
        } else {
            log.info(words);
        }
    }

    private String form() {
        Map<String, String> fields = new LinkedHashMap<>();
        String host = commands.getAddress().getHostAddress();
        fields.put("hostname", host);
        fields.put("ip", host);
        fields.put("port", Integer.toString(commands.getPort()));
        fields.put("app", app);
        fields.put("app_type", APP_TYPE);
        fields.put("v", SentinelEngine.LIBRARY_VERSION);
        fields.put("version", Long.toString(System.currentTimeMillis()));
        return fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    @Override
    public void close() {
        timer.shutdownNow();
        http.shutdownNow();
    }
}
