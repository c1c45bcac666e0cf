package io.jigress.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.jigress.api.Headers;
import io.jigress.api.RequestHead;
import io.jigress.config.PathMatch;
import io.jigress.config.RouteMatch;
import io.jigress.config.RouteRank;
import io.jigress.config.VirtualHost.OnMiss;
import io.jigress.proxy.route.CompiledMatch;
import io.jigress.proxy.route.MatchScratch;
import io.jigress.proxy.route.RouteTable;
import io.jigress.proxy.route.RouteTableEdit;
import java.io.ByteArrayOutputStream;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What finding a route costs, by the number and the shape of the routes; hosts and paths are drawn uniformly. Requests lie one
/// behind the other in memory, as received ones lie in the cache: what misses the cache is the table.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RouteMatchBenchmark {
    private static final int REQUESTS = 1 << 17;

    public enum Shape {
        HOSTS, HUNDRED_HOSTS, ONE_HOST
    }

    @Param({"10", "1000", "100000"}) int routes;

    @Param Shape shape = Shape.HOSTS;

    private RouteTable<String, Object> table = RouteTable.empty();
    private final MatchScratch<String, Object> scratch = new MatchScratch<>();
    private final RequestHead head = new NoHead();
    /// The requests, and for each the ends of its host and of its path; the next one begins there.
    private byte[] text = new byte[0];
    private final int[] ends = new int[2 * REQUESTS];
    private int request;

    @Setup
    public void build() {
        table = tableOf(routes, shape);
        Random random = new Random(42);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < REQUESTS; i++) {
            int route = random.nextInt(routes);
            out.writeBytes(host(route).getBytes(US_ASCII));
            ends[2 * i] = out.size();
            out.writeBytes((path(route) + "/detail").getBytes(US_ASCII));
            ends[2 * i + 1] = out.size();
        }
        text = out.toByteArray();
    }

    @Benchmark
    public Object match() {
        int i = request++ & REQUESTS - 1;
        int from = i == 0 ? 0 : ends[2 * i - 1];
        int hostTo = ends[2 * i];
        Object route = table.match(text, from, hostTo, text, hostTo, ends[2 * i + 1], head, scratch);
        if (route == null) {
            throw new IllegalStateException("request " + i + " matched nothing (expected: a route)");
        }
        return route;
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    @Warmup(iterations = 5)
    @Measurement(iterations = 10)
    public RouteTable<String, Object> buildAll() {
        return tableOf(routes, shape);
    }

    @Benchmark
    public RouteTable<String, Object> changeOne() {
        int route = (int) (request++ * 2_654_435_761L % routes & Integer.MAX_VALUE) % routes;
        return table.edit().put(host(route), "route-" + route, match(route), -1).done();
    }

    private RouteTable<String, Object> tableOf(int count, Shape ofShape) {
        RouteTableEdit<String, Object> edit = RouteTable.<String, Object>empty().edit();
        int hosts = hosts(count, ofShape);
        for (int i = 0; i < hosts; i++) {
            edit.host(host(i), "http", OnMiss.NEXT_HOST, "");
        }
        for (int route = 0; route < count; route++) {
            edit.put(host(route), "route-" + route, match(route), route);
        }
        return edit.done();
    }

    private static CompiledMatch match(int route) {
        RouteMatch match = RouteMatch.path(new PathMatch.Prefix(path(route)));
        return CompiledMatch.of(match, RouteRank.of(match, 0, "default/route-" + route, 0, 0));
    }

    private static int hosts(int routes, Shape shape) {
        return switch (shape) {
            case HOSTS -> routes;
            case HUNDRED_HOSTS -> Math.min(100, routes);
            case ONE_HOST -> 1;
        };
    }

    private String host(int route) {
        return "shop-" + route % hosts(routes, shape) + ".example.com";
    }

    private static String path(int route) {
        return "/team-" + route % 97 + "/service-" + route;
    }

    /// The routes ask for host and path alone.
    private static final class NoHead implements RequestHead {
        private static UnsupportedOperationException unasked() {
            return new UnsupportedOperationException("no route asks for the head");
        }

        @Override
        public String method() {
            throw unasked();
        }

        @Override
        public String target() {
            throw unasked();
        }

        @Override
        public String path() {
            throw unasked();
        }

        @Override
        public String rawTarget() {
            return target();
        }

        @Override
        public String query() {
            throw unasked();
        }

        @Override
        public String authority() {
            throw unasked();
        }

        @Override
        public String scheme() {
            throw unasked();
        }

        @Override
        public Headers headers() {
            throw unasked();
        }

        @Override
        public long contentLength() {
            throw unasked();
        }

        @Override
        public void target(String target) {
            throw unasked();
        }

        @Override
        public void authority(String authority) {
            throw unasked();
        }

        @Override
        public void method(String method) {
            throw unasked();
        }
    }
}
