package io.jigress.app.dubbo;

import io.jigress.app.settings.CannotStart;
import io.jigress.app.cli.ExitCode;
import io.jigress.app.sources.Reading;
import io.jigress.app.sources.Places;
import io.jigress.app.cli.Shell;
import io.jigress.app.translate.Translators;
import io.jigress.app.run.Ground;
import io.jigress.app.run.Wiring;

import io.jigress.api.Json;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Settings;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSource;
import io.jigress.control.kinds.Kinds;
import io.jigress.proxy.Gateway;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// One call of a DubboService of a folder, made by a temporary gateway in this process that listens on the loopback address.
final class DubboCall {
    private static final String NAME = "dubbo-call";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern UPSTREAM_FAILURE = Pattern.compile("jigress_upstream_failures_total\\{.*kind=\"(\\w+)\"");

    /// Objects that are not needed for the call, such as routes.
    private static final Set<String> LEFT_OUT = Set.of("Gateway", "GatewayClass", "HTTPRoute", "GRPCRoute", "Ingress", "Plugin",
            "SentinelRule");

    private final Shell shell;
    private final Settings settings;
    private final Path folder;
    private final String namespace;
    private final String service;

    /// @param name `namespace/name`, or the name alone in the namespace `default`
    DubboCall(Shell shell, Settings settings, Path folder, String name) {
        this.shell = shell;
        this.settings = settings.with(KnownSettings.ADMIN_ADDRESS, ListenAddress.OFF, NAME)
                .with(KnownSettings.HEALTH_ADDRESS, ListenAddress.OFF, NAME)
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.ERROR, NAME);
        this.folder = folder;
        int slash = name.indexOf('/');
        this.namespace = slash < 0 ? "default" : name.substring(0, slash);
        this.service = name.substring(slash + 1);
    }

    /// Prints the response.
    ///
    /// @return the exit code: 0 for a status below 400
    int run(String method, String target, List<String> headers, String body) {
        Reading reading = Reading.of(folder, Translators.of(settings, shell.folder()));
        ResourceKey key = new ResourceKey(Kinds.JIGRESS, "DubboService", namespace, service);
        if (reading.resources().resources().get(key) == null) {
            shell.complain("there is no " + key + " (`jigress dubbo list` shows them)");
            return ExitCode.REFUSED;
        }
        List<Resource> resources = new ArrayList<>();
        reading.resources().resources().forEach((_, resource) -> {
            if (!LEFT_OUT.contains(resource.key().kind())) {
                resources.add(resource);
            }
        });
        resources.addAll(route());
        AtomicReference<String> listener = new AtomicReference<>("");
        try (Wiring gateway = Wiring.start(settings, shell.folder(),
                new Ground(new Fixed(resources), null, Places.none(), config -> onLoopback(config, listener)))) {
            long end = System.nanoTime() + settings.value(KnownSettings.WARM_TIMEOUT).toNanos();
            while (gateway.gateway().waiting() > 0 && System.nanoTime() - end < 0) {
                LockSupport.parkNanos(10_000_000);
            }
            return send(gateway.gateway(), gateway.gateway().boundPort(listener.get()), method, target, headers, body);
        } catch (CannotStart e) {
            shell.complain(e.why());
            return ExitCode.REFUSED;
        }
    }

    private int send(Gateway gateway, int port, String method, String target, List<String> headers, String body) {
        try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + target))
                    .timeout(PATIENCE)
                    .method(method, body.isEmpty()
                            ? HttpRequest.BodyPublishers.noBody()
                            : HttpRequest.BodyPublishers.ofString(body));
            for (String header : headers) {
                int colon = header.indexOf(':');
                request.header(header.substring(0, Math.max(0, colon)).strip(), header.substring(colon + 1).strip());
            }
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (!response.body().isEmpty()) {
                shell.out().println(response.body());
            }
            if (response.statusCode() >= 400) {
                shell.complain("answered with " + response.statusCode() + failures(gateway));
                return ExitCode.FAILED;
            }
            return ExitCode.DONE;
        } catch (IllegalArgumentException e) {
            shell.complain("this is not a request: " + e.getMessage() + " (expected: such as GET /orders/7)");
            return ExitCode.REFUSED;
        } catch (IOException e) {
            shell.complain("no answer: " + e);
            return ExitCode.FAILED;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return ExitCode.FAILED;
        }
    }

    /// `: connect_failed`, when the call failed on its way to a provider; the kinds of failure are those of the metrics.
    private static String failures(Gateway gateway) {
        String kinds = UPSTREAM_FAILURE.matcher(gateway.metrics()).results().map(found -> found.group(1)).distinct()
                .collect(Collectors.joining(", "));
        return kinds.isEmpty() ? "" : ": " + kinds;
    }

    /// @param name of the only listener
    private static GatewayConfig onLoopback(GatewayConfig config, AtomicReference<String> name) {
        GatewayConfig[] bound = {new GatewayConfig(PersistentMap.empty(), config.clusters())};
        config.listeners().forEach((_, listener) -> {
            name.set(listener.name());
            bound[0] = bound[0].with(new Listener(listener.name(), "127.0.0.1", 0, listener.traffic()));
        });
        return bound[0];
    }

    private List<Resource> route() {
        Json gateway = Json.object().put("gatewayClassName", Kinds.CLASS).put("listeners", list(
                Json.object().put("name", "http").put("port", settings.value(KnownSettings.PORTS_HTTP)).put("protocol", "HTTP")
                        .build()))
                .build();
        Json route = Json.object().put("parentRefs", list(Json.object().put("name", NAME).build()))
                .put("rules", list(Json.object().put("backendRefs", list(Json.object().put("group", Kinds.JIGRESS)
                        .put("kind", "DubboService").put("name", service).build())).build()))
                .build();
        return List.of(resource("Gateway", gateway), resource("HTTPRoute", route));
    }

    private Resource resource(String kind, Json spec) {
        Json object = Json.object().put("apiVersion", Kinds.GATEWAY_API + "/v1").put("kind", kind)
                .put("metadata", Json.object().put("name", NAME).put("namespace", namespace).build()).put("spec", spec).build();
        return new Resource(new ResourceKey(Kinds.GATEWAY_API, kind, namespace, NAME), "v1", 0, NAME,
                object.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static Json list(Json item) {
        return Json.array(List.of(item));
    }

    private record Fixed(List<Resource> resources) implements ResourceSource {
        @Override
        public void start(Sink sink) {
            sink.changed(resources, List.of(), Map.of());
        }

        @Override
        public void close() {}
    }
}
