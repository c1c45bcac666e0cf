package io.jigress.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.management.OperatingSystemMXBean;
import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HttpFilter;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.config.FilterSpec;
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
import io.jigress.control.JsonParser;
import io.jigress.plugins.process.proc.ProcFactory;
import io.jigress.proxy.Gateway;
import io.jigress.proxy.ProxySettings;
import io.jigress.sentinel.RuleFeed;
import io.jigress.sentinel.SentinelFactory;
import io.jigress.sentinel.engine.SentinelEngine;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// CPU time of the event loop for a request on a route without filters, and on one with ten that have nothing to do: some look at heads of
/// requests, some at those of responses, some would read bodies but skip them, some wait for the end. Prints a JSON object; `bench/filters` runs it.
///
/// With an external processing server, the other route has an ext-proc plugin instead, which is sent both heads (`ProcFactory`); with the
/// configuration of a filter `sentinel`, it has that filter, and is the resource `HTTPRoute bench/ten`.
///
/// With `jar:event` or `jar:blocking`, it has an empty plugin in Java instead ([JarPlugins]).
///
/// Arguments: how many rounds (300) of [#REQUESTS] requests on each route; `HOST:PORT` of an external processing server, the JSON of a configuration of
/// `sentinel`, or `jar:` and a kind (none).
public final class FilterCostBenchmark {
    private static final int REQUESTS = 1_000;
    private static final int WARM_UP_ROUNDS = 200;
    private static final int FILTERS = 10;
    private static final byte[] ANSWER = ("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 1024\r\n\r\n"
            + "x".repeat(1024))
            .getBytes(US_ASCII);

    /// What has nothing to do, of four kinds.
    private record Idle(String name, HttpFilter filter) implements FilterFactory<Boolean> {
        @Override
        public FilterPhase phase() {
            return FilterPhase.TRANSFORM;
        }

        @Override
        public int priority() {
            return 0;
        }

        @Override
        public Boolean parse(JsonReader config) {
            return true;
        }

        @Override
        public CompletionStage<PreparedFilter> prepare(Boolean config) {
            return CompletableFuture.completedFuture(_ -> filter);
        }
    }

    private static final class RequestHeads implements HttpFilter {
        @Override
        public FilterDecision onRequestHead(Exchange exchange) {
            return FilterDecision.CONTINUE;
        }
    }

    private static final class ResponseHeads implements HttpFilter {
        @Override
        public FilterDecision onResponseHead(Exchange exchange) {
            return FilterDecision.CONTINUE;
        }
    }

    private static final class Bodies implements HttpFilter {
        @Override
        public FilterDecision onResponseHead(Exchange exchange) {
            return FilterDecision.SKIP_BODY;
        }

        @Override
        public FilterDecision onResponseBody(Exchange exchange, Body body) {
            return FilterDecision.CONTINUE;
        }
    }

    private static final class Ends implements HttpFilter {
        @Override
        public void onComplete(Exchange exchange) {
            // Nothing to note.
        }
    }

    private FilterCostBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 300;
        String other = arguments.length > 1 ? arguments[1] : "";
        boolean rules = other.startsWith("{");
        boolean jar = other.startsWith("jar:");
        List<FilterFactory<?>> filters = other.isEmpty()
                ? idle()
                : List.of(jar ? JarPlugins.host()
                        : rules ? SentinelFactory.of(new SentinelEngine(), RuleFeed.NONE) : new ProcFactory());
        try (ServerSocket upstream = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                Gateway gateway = Gateway.start(ProxySettings.DEFAULT.withEventLoops(1), filters, List.of(),
                        (_, _) -> () -> {})) {
            Thread.ofPlatform().daemon().start(() -> serve(upstream));
            int port = upstream.getLocalPort();
            gateway.apply(other.isEmpty() ? config(port, filters)
                    : jar ? loaded(port, other.substring("jar:".length()))
                    : rules ? guarded(port, other) : processed(port, other));
            while (gateway.waiting() > 0) {
                Thread.onSpinWait();
            }
            measure(gateway.boundPort("http"), rounds);
        }
    }

    private static List<FilterFactory<?>> idle() {
        List<FilterFactory<?>> filters = new ArrayList<>();
        for (int i = 0; i < FILTERS; i++) {
            filters.add(new Idle("idle-" + i, switch (i % 4) {
                case 0 -> new RequestHeads();
                case 1 -> new ResponseHeads();
                case 2 -> new Bodies();
                default -> new Ends();
            }));
        }
        return filters;
    }

    private static void measure(int port, int rounds) throws IOException {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long loop = 0;
        for (ThreadInfo each : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (each != null && each.getThreadName().startsWith("gateway-") && !each.getThreadName().equals("gateway-warming")) {
                loop = each.getThreadId();
            }
        }
        double[] without = new double[rounds];
        double[] with = new double[rounds];
        double[] differences = new double[rounds];
        double[] slower = new double[rounds];
        double[] process = new double[rounds];
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            for (int i = -WARM_UP_ROUNDS; i < rounds; i++) {
                boolean first = i % 2 == 0;
                long begun = System.nanoTime();
                long used = system.getProcessCpuTime();
                double one = perRequest(threads, loop, socket, first ? "/plain" : "/ten");
                long half = System.nanoTime();
                long usedHalf = system.getProcessCpuTime();
                double two = perRequest(threads, loop, socket, first ? "/ten" : "/plain");
                double longer = ((half - begun) - (System.nanoTime() - half)) / (double) REQUESTS;
                double more = ((usedHalf - used) - (system.getProcessCpuTime() - usedHalf)) / (double) REQUESTS;
                if (i >= 0) {
                    without[i] = first ? one : two;
                    with[i] = first ? two : one;
                    differences[i] = with[i] - without[i];
                    slower[i] = first ? -longer : longer;
                    process[i] = first ? -more : more;
                }
            }
        }
        Arrays.sort(without);
        Arrays.sort(with);
        Arrays.sort(differences);
        Arrays.sort(slower);
        Arrays.sort(process);
        // The median of all such rounds is between these two in 95 of 100 cases (order statistics of a binomial distribution).
        int beside = (int) Math.ceil(0.98 * Math.sqrt(rounds));
        System.out.println(
                Json.object().put("withoutNanos", Json.of(without[rounds / 2])).put("withNanos", Json.of(with[rounds / 2]))
                        .put("differenceNanos", Json.of(differences[rounds / 2]))
                        .put("lowNanos", Json.of(differences[Math.max(0, rounds / 2 - beside)]))
                        .put("highNanos", Json.of(differences[Math.min(rounds - 1, rounds / 2 + beside)]))
                        .put("addedLatencyNanos", Json.of(slower[rounds / 2]))
                        .put("processNanos", Json.of(process[rounds / 2]))
                        .build());
    }

    private static double perRequest(ThreadMXBean threads, long loop, Socket socket, String path) throws IOException {
        byte[] request = ("GET " + path + " HTTP/1.1\r\nhost: shop.example\r\naccept: */*\r\nuser-agent: bench\r\n\r\n")
                .getBytes(US_ASCII);
        OutputStream out = socket.getOutputStream();
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[8192];
        long before = threads.getThreadCpuTime(loop);
        for (int i = 0; i < REQUESTS; i++) {
            out.write(request);
            int have = 0;
            int end = -1;
            while (end < 0 || have < end + 1024) {
                int read = in.read(buffer, have, buffer.length - have);
                if (read < 0) {
                    throw new IOException("the gateway has closed the connection");
                }
                have += read;
                end = end < 0 ? headEnd(buffer, have) : end;
            }
            if (buffer[9] != '2') {
                throw new IOException(new String(buffer, 0, have, US_ASCII));
            }
        }
        return (threads.getThreadCpuTime(loop) - before) / (double) REQUESTS;
    }

    private static int headEnd(byte[] bytes, int length) {
        for (int i = 3; i < length; i++) {
            if (bytes[i] == '\n' && bytes[i - 2] == '\n') {
                return i + 1;
            }
        }
        return -1;
    }

    /// One connection at a time is enough: the client has one request under way.
    private static void serve(ServerSocket listening) {
        try {
            while (true) {
                try (Socket socket = listening.accept()) {
                    socket.setTcpNoDelay(true);
                    InputStream in = socket.getInputStream();
                    byte[] buffer = new byte[8192];
                    int have = 0;
                    for (int read = in.read(buffer, 0, buffer.length); read >= 0; read = in.read(buffer, have,
                            buffer.length - have)) {
                        have += read;
                        if (headEnd(buffer, have) == have) {
                            socket.getOutputStream().write(ANSWER);
                            have = 0;
                        }
                    }
                }
            }
        } catch (IOException e) {
            if (!listening.isClosed()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static GatewayConfig config(int upstream, List<FilterFactory<?>> filters) {
        return config(upstream, GatewayConfig.EMPTY,
                filters.stream().map(each -> new FilterSpec(each.name(), "bench", each.phase(),
                        each.priority(), Json.Obj.EMPTY, "Plugin bench/" + each.name())).toList());
    }

    /// One route has a plugin in Java.
    private static GatewayConfig loaded(int upstream, String kind) throws IOException {
        return config(upstream, GatewayConfig.EMPTY, List.of(new FilterSpec("jar", "jar", "bench", FilterPhase.TRANSFORM, 0,
                JarPlugins.config(kind), "Plugin bench/jar", FilterSpec.OnFailure.BY_KIND, List.of())));
    }

    /// One route has rules of Sentinel.
    private static GatewayConfig guarded(int upstream, String json) {
        if (!(JsonParser.parse(json.getBytes(StandardCharsets.UTF_8)) instanceof JsonParser.Result.Parsed(Json config))) {
            throw new IllegalArgumentException("not JSON: " + json);
        }
        return config(upstream, GatewayConfig.EMPTY,
                List.of(new FilterSpec("sentinel", "bench", FilterPhase.LIMIT, 0, config, "SentinelRule bench/rules")));
    }

    /// One route has an ext-proc plugin.
    private static GatewayConfig processed(int upstream, String server) {
        int colon = server.lastIndexOf(':');
        Json config = Json.object().put("backends", Json.object().put("server", "server").build())
                .put("config", Json.object().put("message_timeout", "5s").build()).build();
        FilterSpec spec = new FilterSpec("ext-proc", "ext-proc", "bench", FilterPhase.TRANSFORM, 0, config,
                "Plugin bench/ext-proc",
                FilterSpec.OnFailure.BY_KIND, List.of("server"));
        return config(upstream, GatewayConfig.EMPTY.with(new Cluster("server", "Backend bench/server", "h2c", Json.Obj.EMPTY,
                new EndpointRef.Fixed(
                        List.of(Endpoint.of(server.substring(0, colon), Integer.parseInt(server.substring(colon + 1))))),
                LoadBalancing.ROUND_ROBIN, ConnectionLimits.DEFAULT)), List.of(spec));
    }

    private static GatewayConfig config(int upstream, GatewayConfig base, List<FilterSpec> ten) {
        PersistentMap<String, Route> routes = PersistentMap.<String, Route>empty().with("plain", route("plain", List.of())).with(
                "ten",
                route("ten", ten));
        VirtualHost host = new VirtualHost("*", "bench", routes, VirtualHost.OnMiss.NOT_FOUND, List.of());
        Cluster cluster = new Cluster("upstream", "Backend bench/upstream", "http1", Json.Obj.EMPTY,
                new EndpointRef.Fixed(List.of(Endpoint.of("127.0.0.1", upstream))), LoadBalancing.ROUND_ROBIN,
                ConnectionLimits.DEFAULT);
        return base.with(cluster).with(new Listener("http", "127.0.0.1", 0,
                new Traffic.Http(PersistentMap.<String, VirtualHost>empty().with("*", host))));
    }

    private static Route route(String name, List<FilterSpec> filters) {
        RouteAction forward = new RouteAction.Forward(List.of(new RouteAction.WeightedCluster("upstream", 1, List.of())),
                RouteAction.Rewrite.NONE);
        RouteMatch match = RouteMatch.path(new PathMatch.Prefix("/" + name));
        return new Route(name, "HTTPRoute bench/" + name, RouteRank.of(match, 0, "bench/" + name, 0, 0), match, forward, filters,
                RouteOptions.DEFAULT);
    }
}
