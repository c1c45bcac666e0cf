package io.jigress.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.LoadBalancing;
import io.jigress.config.PathMatch;
import io.jigress.config.PersistentMap;
import io.jigress.config.Route;
import io.jigress.config.RouteAction;
import io.jigress.config.RouteMatch;
import io.jigress.config.RouteOptions;
import io.jigress.config.RouteRank;
import io.jigress.config.Traffic;
import io.jigress.config.VirtualHost;
import io.jigress.proxy.ApplyReport;
import io.jigress.proxy.Gateway;
import io.jigress.proxy.ProxySettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// How long one changed route takes from [Gateway#apply] to a response that shows it, and what the change costs, among many
/// routes in three shapes. Prints a JSON object; `bench/apply` runs it.
///
/// Arguments: how many routes (100000) and changes (200).
public final class ApplyBenchmark {
    private static final String LISTENER = "http";
    private static final String CLUSTER = "upstream";

    /// How the routes are spread over hosts.
    private enum Shape {
        HOSTS, HUNDRED_HOSTS, ONE_HOST;

        int hosts(int routes) {
            return switch (this) {
                case HOSTS -> routes;
                case HUNDRED_HOSTS -> Math.min(100, routes);
                case ONE_HOST -> 1;
            };
        }
    }

    private final Shape shape;
    private final int routes;
    private final Random random = new Random(42);

    private ApplyBenchmark(Shape shape, int routes) {
        this.shape = shape;
        this.routes = routes;
    }

    public static void main(String[] arguments) throws IOException {
        int routes = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100_000;
        int changes = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 200;
        Json.Builder shapes = Json.object();
        for (Shape shape : Shape.values()) {
            shapes.put(shape.name().toLowerCase(Locale.ROOT), new ApplyBenchmark(shape, routes).run(changes));
        }
        System.out.println(shapes.build());
    }

    private Json run(int changes) throws IOException {
        try (Gateway gateway = Gateway.start(ProxySettings.DEFAULT, List.of(), List.of(), (_, _) -> () -> {})) {
            GatewayConfig config = build();
            long begin = System.nanoTime();
            require(gateway.apply(config));
            long first = System.nanoTime() - begin;
            long[] micros = new long[changes];
            long[] applyMicros = new long[changes];
            long nodes = 0;
            long requests = 0;
            int[] compiled = new int[2];
            try (Client client = new Client(gateway.boundPort(LISTENER))) {
                // The first changes run in an interpreter; a gateway that was just started is not what the figure is about.
                for (int i = -changes; i < changes; i++) {
                    int route = random.nextInt(routes);
                    String shown = "change " + i;
                    GatewayConfig changed = change(config, route, shown);
                    long from = System.nanoTime();
                    ApplyReport report = gateway.apply(changed);
                    long applied = System.nanoTime();
                    int asked = client.until(host(route), path(route), shown);
                    long served = System.nanoTime();
                    require(report);
                    config = changed;
                    if (i >= 0) {
                        micros[i] = (served - from) / 1000;
                        applyMicros[i] = (applied - from) / 1000;
                        nodes = Math.max(nodes, report.nodesCopied());
                        compiled[0] = Math.max(compiled[0], report.routesCompiled());
                        requests += asked;
                    }
                }
            }
            Arrays.sort(micros);
            Arrays.sort(applyMicros);
            return Json.object()
                    .put("routes", routes)
                    .put("changes", changes)
                    .put("firstApplyMillis", first / 1_000_000)
                    .put("servedMedianMicros", micros[changes / 2])
                    .put("servedP90Micros", micros[changes * 9 / 10])
                    .put("servedMaxMicros", micros[changes - 1])
                    .put("applyMedianMicros", applyMicros[changes / 2])
                    .put("nodesCopiedMax", nodes)
                    .put("routesCompiledMax", compiled[0])
                    .put("requestsPerChange", Json.of(requests / (double) changes))
                    .build();
        }
    }

    private static void require(ApplyReport report) {
        if (!report.problems().isEmpty() || !report.faults().isEmpty()) {
            throw new IllegalStateException("apply: " + report + " (expected: no problems)");
        }
    }

    private GatewayConfig build() {
        RouteAction forward = new RouteAction.Forward(List.of(new RouteAction.WeightedCluster(CLUSTER, 1, List.of())),
                RouteAction.Rewrite.NONE);
        PersistentMap<String, VirtualHost> hosts = PersistentMap.empty();
        int hostCount = shape.hosts(routes);
        for (int h = 0; h < hostCount; h++) {
            PersistentMap<String, Route> ofHost = PersistentMap.empty();
            for (int r = h; r < routes; r += hostCount) {
                ofHost = ofHost.with(id(r), route(r, forward));
            }
            hosts = hosts.with(host(h), new VirtualHost(host(h), LISTENER, ofHost, VirtualHost.OnMiss.NEXT_HOST, List.of()));
        }
        Cluster cluster = new Cluster(CLUSTER, "bench", "http1", Json.object().build(),
                new EndpointRef.Fixed(List.of(Endpoint.of("127.0.0.1", 1))), LoadBalancing.ROUND_ROBIN, ConnectionLimits.DEFAULT);
        return GatewayConfig.EMPTY.with(cluster).with(listener(hosts));
    }

    private GatewayConfig change(GatewayConfig config, int route, String shown) {
        Listener listener = config.listeners().get(LISTENER);
        if (listener == null || !(listener.traffic() instanceof Traffic.Http(var hosts))) {
            throw new IllegalStateException("listener: " + listener + " (expected: HTTP)");
        }
        VirtualHost host = hosts.get(host(route));
        if (host == null) {
            throw new IllegalStateException("host of route " + route + ": none (expected: " + host(route) + ")");
        }
        Route changed = route(route, new RouteAction.Reply(200, "text/plain", shown, "bench"));
        return config.with(listener(hosts.with(host.host(), host.withRoutes(host.routes().with(changed.id(), changed)))));
    }

    private static Listener listener(PersistentMap<String, VirtualHost> hosts) {
        return new Listener(LISTENER, "127.0.0.1", 0, new Traffic.Http(hosts));
    }

    private Route route(int route, RouteAction action) {
        RouteMatch match = RouteMatch.path(new PathMatch.Prefix(path(route)));
        return new Route(id(route), "bench " + route, RouteRank.of(match, 0, "default/" + id(route), 0, 0), match, action,
                List.of(),
                RouteOptions.DEFAULT);
    }

    private static String id(int route) {
        return "route-" + route;
    }

    private String host(int route) {
        return "h" + route % shape.hosts(routes) + ".example.com";
    }

    private static String path(int route) {
        return "/svc" + route;
    }

    /// One keep-alive connection that asks until it gets the answer it waits for.
    private static final class Client implements AutoCloseable {
        private final Socket socket;
        private final byte[] buffer = new byte[4096];

        Client(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(10_000);
        }

        /// @return how many requests it took
        int until(String host, String path, String body) throws IOException {
            byte[] request = ("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n").getBytes(US_ASCII);
            for (int asked = 1; asked <= 1000; asked++) {
                socket.getOutputStream().write(request);
                if (response().endsWith("\r\n\r\n" + body)) {
                    return asked;
                }
            }
            throw new IllegalStateException("1000 requests did not show '" + body + "' at " + host + path);
        }

        private String response() throws IOException {
            InputStream in = socket.getInputStream();
            for (int have = 0;;) {
                int read = in.read(buffer, have, buffer.length - have);
                if (read < 0) {
                    throw new IOException("the gateway closed the connection");
                }
                have += read;
                String text = new String(buffer, 0, have, US_ASCII);
                int head = text.indexOf("\r\n\r\n");
                if (head >= 0 && have >= head + 4 + contentLength(text)) {
                    return text;
                }
            }
        }

        private static int contentLength(String head) {
            String name = "\r\ncontent-length:";
            int at = head.toLowerCase(Locale.ROOT).indexOf(name) + name.length();
            return Integer.parseInt(head.substring(at, head.indexOf("\r\n", at)).trim());
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
