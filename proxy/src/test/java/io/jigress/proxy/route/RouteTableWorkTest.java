package io.jigress.proxy.route;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.PathMatch;
import io.jigress.config.RouteMatch;
import io.jigress.config.RouteRank;
import io.jigress.config.ValueMatch;
import io.jigress.config.VirtualHost.OnMiss;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What matches and edits cost, counted in units that do not depend on the machine: bytes and nodes.
@Tag("suite")
final class RouteTableWorkTest {

    enum Shape {
        EACH_ITS_HOST(1), HUNDREDTHS(100), ONE_HOST(0);

        private final int routesPerHost;

        Shape(int routesPerHost) {
            this.routesPerHost = routesPerHost;
        }

        int hosts(int routes) {
            return switch (this) {
                case EACH_ITS_HOST -> routes;
                case HUNDREDTHS -> routesPerHost;
                case ONE_HOST -> 1;
            };
        }

        String host(int route, int routes) {
            return "host-" + route % hosts(routes) + ".shop.example";
        }

        String path(int route, int routes) {
            return "/api/v1/service-" + route / hosts(routes) / 10 + "/items-" + route;
        }

        RouteTable<String, Integer> table(int routes) {
            RouteTableEdit<String, Integer> edit = RouteTable.<String, Integer>empty().edit();
            for (int host = 0; host < hosts(routes); host++) {
                edit.host(host(host, routes), "", OnMiss.NEXT_HOST, "");
            }
            for (int route = 0; route < routes; route++) {
                edit.put(host(route, routes), "r" + route, match(route, routes), route);
            }
            return edit.done();
        }

        CompiledMatch match(int route, int routes) {
            RouteMatch match = RouteMatch.path(new PathMatch.Prefix(path(route, routes)));
            return CompiledMatch.of(match, RouteRank.of(match, 0, "default/r" + route, 0, 0));
        }
    }

    @ParameterizedTest
    @EnumSource
    void anEditCopiesNodesOfOnePathHoweverManyRoutesThereAre(Shape shape) {
        int few = nodesOfOneChange(shape, 1_000);
        int many = nodesOfOneChange(shape, 100_000);
        assertThat(many).isLessThanOrEqualTo(64).isLessThanOrEqualTo(2 * few);
    }

    /// The largest number of nodes that any of a hundred changed, added and removed routes copies.
    private static int nodesOfOneChange(Shape shape, int routes) {
        RouteTable<String, Integer> table = shape.table(routes);
        Random random = new Random(routes);
        int most = 0;
        for (int i = 0; i < 100; i++) {
            int route = random.nextInt(routes);
            String host = shape.host(route, routes);
            CompiledMatch old = shape.match(route, routes);
            RouteMatch moved = RouteMatch.path(new PathMatch.Exact("/moved/" + route));
            most = Math.max(most, nodes(table.edit().put(host, "r" + route, old, -1)));
            most = Math.max(most, nodes(table.edit().remove(host, "r" + route, old.source())));
            most = Math.max(most,
                    nodes(table.edit().put(host, "new", CompiledMatch.of(moved, RouteRank.of(moved, 0, "o", 0, 0)), -1)));
            most = Math.max(most, nodes(table.edit().removeHost(host)));
            most = Math.max(most, nodes(table.edit().host("new.example", "", OnMiss.NEXT_HOST, "")));
        }
        return most;
    }

    private static int nodes(RouteTableEdit<String, Integer> edit) {
        edit.done();
        assertThat(edit.nodesCopied()).isPositive();
        return edit.nodesCopied();
    }

    @ParameterizedTest
    @EnumSource
    void aTableBuiltAtOnceMakesEachNodeOnce(Shape shape) {
        int routes = 100_000;
        RouteTableEdit<String, Integer> edit = RouteTable.<String, Integer>empty().edit();
        for (int host = 0; host < shape.hosts(routes); host++) {
            edit.host(shape.host(host, routes), "", OnMiss.NEXT_HOST, "");
        }
        int forHosts = edit.nodesCopied();
        assertThat(forHosts).isLessThanOrEqualTo(4 * shape.hosts(routes) + 4);
        for (int route = 0; route < routes; route++) {
            edit.put(shape.host(route, routes), "r" + route, shape.match(route, routes), route);
        }
        assertThat(edit.nodesCopied() - forHosts).isLessThanOrEqualTo(2 * routes);
    }

    @Test
    void removingAllRoutesLeavesABareTree() {
        int routes = 1_000;
        RouteTable<String, Integer> table = Shape.ONE_HOST.table(routes);
        RouteTableEdit<String, Integer> edit = table.edit();
        for (int route = 0; route < routes; route++) {
            edit.remove(Shape.ONE_HOST.host(route, routes), "r" + route, Shape.ONE_HOST.match(route, routes).source());
        }
        RouteTable<String, Integer> bare = edit.done();
        RouteTableEdit<String, Integer> one = bare.edit();
        one.put(Shape.ONE_HOST.host(0, routes), "r0", Shape.ONE_HOST.match(0, routes), 0);
        // Index node, host and the only node of the host's tree.
        assertThat(one.nodesCopied()).isEqualTo(3);
    }

    @Test
    void aMatchWithoutExpressionsAllocatesNothing() {
        RouteTableEdit<String, Integer> edit = Shape.HUNDREDTHS.table(10_000).edit();
        edit.host("*.shop.example", "", OnMiss.NEXT_HOST, "").host("*", "", OnMiss.NEXT_HOST, "");
        RouteMatch picky = new RouteMatch(new PathMatch.Prefix("/picky"), "GET",
                List.of(new ValueMatch.Exact("x-user", "7"), new ValueMatch.Present("accept")),
                List.of(new ValueMatch.Exact("a b", "ü"), new ValueMatch.Present("z")));
        edit.put("*.shop.example", "picky", CompiledMatch.of(picky, RouteRank.of(picky, 0, "o", 0, 0)), -1);
        edit.put("*", "all", CompiledMatch.of(RouteMatch.ALL, RouteRank.of(RouteMatch.ALL, 0, "o", 0, 0)), -2);
        RouteTable<String, Integer> table = edit.done();
        HeadStub head = HeadStub.get("/picky/x?q=1&a+b=%C3%bc&z", "accept: text/html", "x-user: 7");
        byte[][] hosts = {bytes("host-7.shop.example"), bytes("host-7.shop.example"), bytes("other.shop.example"),
            bytes("else.where")};
        byte[][] paths = {bytes(Shape.HUNDREDTHS.path(4_207, 10_000)), bytes("/picky/x"), bytes("/picky/x"), bytes("/no/such")};
        MatchScratch<String, Integer> scratch = new MatchScratch<>();
        assertThat(matches(table, hosts, paths, head, scratch, 1)).isEqualTo(4_207 - 1 - 1 - 2);
        matches(table, hosts, paths, head, scratch, 20_000);
        long before = allocatedBytes();
        matches(table, hosts, paths, head, scratch, 10_000);
        long allocated = allocatedBytes() - before;
        // No object in 40,000 matches: the rest is allocated by the measurement itself.
        assertThat(allocated).isLessThan(10_000);
    }

    private static long matches(RouteTable<String, Integer> table, byte[][] hosts, byte[][] paths, HeadStub head,
            MatchScratch<String, Integer> scratch,
            int rounds) {
        long sum = 0;
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < hosts.length; i++) {
                Integer route = table.match(hosts[i], 0, hosts[i].length, paths[i], 0, paths[i].length, head, scratch);
                sum += route == null ? 0 : route;
            }
        }
        return sum;
    }

    private static long allocatedBytes() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }
}
