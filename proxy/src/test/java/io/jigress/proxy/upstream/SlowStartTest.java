package io.jigress.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.config.LoadBalancing;
import io.jigress.config.SlowStart;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SlowStartTest {
    private static final int PICKS = 20_000;
    private static final EndpointRef ORDERS = new EndpointRef.Named("registry", "orders");
    private static final SlowStart WINDOW = new SlowStart(Duration.ofSeconds(100), false);
    private static final SlowStart PROVIDERS = new SlowStart(Duration.ZERO, true);

    private final Rig rig = new Rig(1);

    @AfterEach
    void close() {
        rig.close();
    }

    private Upstream orders(LoadBalancing balancing, SlowStart slowStart) {
        return rig.upstreams.acquire(Rig.cluster(ORDERS, balancing, Rig.LIMITS).with(slowStart));
    }

    /// Which share of many requests each port gets, in percent.
    private Map<Integer, Double> shares(Upstream upstream) {
        return rig.run(0, () -> {
            Map<Integer, Double> shares = new TreeMap<>();
            for (int i = 0; i < PICKS; i++) {
                UpstreamEndpoint picked = upstream.pick(rig.loops.getFirst(), null);
                assertThat(picked).isNotNull();
                shares.merge(picked.address().getPort(), 100.0 / PICKS, Double::sum);
            }
            return shares;
        });
    }

    private static void isAbout(Map<Integer, Double> shares, int port, double percent) {
        assertThat(shares.getOrDefault(port, 0.0)).as("share of %d in %s", port, shares).isBetween(percent - 2, percent + 2);
    }

    @ParameterizedTest
    @EnumSource(LoadBalancing.class)
    void theShareOfANewEndpointGrowsOverTheWindow(LoadBalancing balancing) {
        Upstream upstream = orders(balancing, WINDOW);
        rig.push("orders", Rig.weighted(1, 1), Rig.weighted(2, 1));
        isAbout(shares(upstream), 1, 50);

        rig.push("orders", Rig.weighted(1, 1), Rig.weighted(2, 1), Rig.weighted(3, 1));
        isAbout(shares(upstream), 3, 0.5);
        isAbout(shares(upstream), 1, 49.75);
        rig.setAhead(Duration.ofSeconds(50));
        isAbout(shares(upstream), 3, 20);
        rig.setAhead(Duration.ofSeconds(101));
        isAbout(shares(upstream), 3, 33.3);
    }

    @Test
    void aChangeOfWeightOrLabelsIsNoNewEndpoint() {
        Upstream upstream = orders(LoadBalancing.ROUND_ROBIN, WINDOW);
        rig.push("orders", Rig.weighted(1, 1), Rig.weighted(2, 1));
        rig.push("orders", Rig.weighted(1, 1), Rig.weighted(2, 3));
        isAbout(shares(upstream), 2, 75);
    }

    @Test
    void anEndpointThatComesBackIsNew() {
        Upstream upstream = orders(LoadBalancing.ROUND_ROBIN, WINDOW);
        rig.push("orders", Rig.weighted(1, 1), Rig.weighted(2, 1));
        rig.push("orders", Rig.weighted(1, 1));
        rig.push("orders", Rig.weighted(1, 1), Rig.weighted(2, 1));
        isAbout(shares(upstream), 2, 1);
    }

    @Test
    void ifAllEndpointsAreNewTheyShareEqually() {
        Upstream upstream = orders(LoadBalancing.ROUND_ROBIN, WINDOW);
        rig.push("orders");
        rig.push("orders", Rig.weighted(1, 1), Rig.weighted(2, 1));
        isAbout(shares(upstream), 1, 50);
    }

    @Test
    void withoutSlowStartANewEndpointGetsItsShareAtOnce() {
        Upstream upstream = orders(LoadBalancing.ROUND_ROBIN, SlowStart.NONE);
        rig.push("orders", Rig.weighted(1, 1));
        rig.push("orders", Rig.weighted(1, 1), Rig.weighted(2, 1));
        isAbout(shares(upstream), 2, 50);
    }

    private Endpoint provider(int port, Map<String, String> labels) {
        return new Endpoint("127.0.0.1", port, 1, "", labels);
    }

    private String ago(Duration time) {
        return Long.toString(rig.millis() - time.toMillis());
    }

    /// As the warm-up of Dubbo: 10 minutes after its start, unless the provider tells another time; also in the first list.
    @Test
    void providersTellWhenTheyStartedAndHowLongTheyWarmUp() {
        Upstream upstream = orders(LoadBalancing.ROUND_ROBIN, PROVIDERS);
        rig.push("orders", provider(1, Map.of("timestamp", ago(Duration.ofHours(1)))),
                provider(2, Map.of("timestamp", ago(Duration.ofMinutes(5)))),
                provider(3, Map.of("timestamp", ago(Duration.ofSeconds(5)), "warmup", "20000")));
        Map<Integer, Double> shares = shares(upstream);
        isAbout(shares, 1, 57.1);
        isAbout(shares, 2, 28.6);
        isAbout(shares, 3, 14.3);
        rig.setAhead(Duration.ofMinutes(6));
        isAbout(shares(upstream), 2, 33.3);
    }

    @Test
    void labelsThatAreNoTimesAreIgnored() {
        Upstream upstream = orders(LoadBalancing.ROUND_ROBIN, PROVIDERS);
        rig.push("orders", provider(1, Map.of("timestamp", "yesterday")), provider(2, Map.of("timestamp", "-5", "warmup", "x")),
                provider(3, Map.of("timestamp", "99999999999999999999")), provider(4, Map.of("timestamp", "")));
        for (int port = 1; port <= 4; port++) {
            isAbout(shares(upstream), port, 25);
        }
    }

    @Test
    void theTimesOfProvidersCountOnlyWhereTheyAreAskedFor() {
        Upstream upstream = orders(LoadBalancing.ROUND_ROBIN, WINDOW);
        rig.push("orders", provider(1, Map.of()), provider(2, Map.of("timestamp", ago(Duration.ZERO))));
        isAbout(shares(upstream), 2, 50);
    }
}
