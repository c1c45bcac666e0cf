package io.jigress.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import io.jigress.config.LoadBalancing;
import io.jigress.config.OutlierDetection;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http1.HeadPools;
import io.jigress.proxy.http1.Http1Protocol;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.MemoryBudget;
import io.jigress.proxy.telemetry.AccessLog;
import io.jigress.proxy.telemetry.AccessLogSettings;
import io.jigress.proxy.telemetry.LoopMetrics;
import io.jigress.proxy.telemetry.Metrics;
import io.jigress.proxy.telemetry.MetricsSettings;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Ejections after any sequence of outcomes, compared with a model that is as simple as the rule: one object per endpoint, all of them
/// checked in each step.
@Tag("suite")
class OutlierDetectorPropertyTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int LIMIT = 3;
    private static final long EJECTION = 10 * SECOND;
    private static final long LONGEST = 40 * SECOND;
    private static final ProxyFailure FAILURE = new ProxyFailure(Kind.UPSTREAM_RESET, Origin.UPSTREAM, true, "closed");

    private long now = -50 * SECOND;

    /// The state of an endpoint by the rule.
    private static final class Model {
        int inARow;
        boolean failing;
        boolean ejected;
        boolean probed;
        int probesLeft;
        long until;
        int ejections;
        long healthySince;

        boolean out() {
            return ejected || probed;
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void agreesWithAModel(long seed) {
        Random random = new Random(seed);
        int count = 1 + random.nextInt(6);
        int percent = List.of(0, 30, 50, 100).get(random.nextInt(4));
        LoopMetrics numbers = new Metrics(new MetricsSettings(10, 10), "test", "test").loop();
        Loop loop = new Loop(0, new ManualIoEventLoop(Thread.currentThread(), LocalIoHandler.newFactory()), () -> now, seed,
                numbers,
                new AccessLog(AccessLogSettings.OFF).writer(numbers), MemoryBudget.ofNetty(256 * 1024, 85, 8, 0));
        WatchedEndpoints watched = new WatchedEndpoints(null, new Http1Protocol(HeadLimits.STANDARD, new HeadPools(1)),
                new Destinations(),
                new EjectionLog());
        watched.update(new Endpoints(
                IntStream.rangeClosed(1, count).mapToObj(port -> Endpoint.of("127.0.0.1", port)).toList(), true));
        Upstream upstream = new Upstream(new Cluster("c", "c", "http1", Json.Obj.EMPTY, new EndpointRef.Fixed(List.of()),
                random.nextBoolean() ? LoadBalancing.ROUND_ROBIN : LoadBalancing.LEAST_REQUEST, ConnectionLimits.DEFAULT,
                new OutlierDetection(LIMIT, 0, Duration.ofNanos(EJECTION), Duration.ofNanos(LONGEST), percent)), watched);
        List<Model> models = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            models.add(new Model());
        }
        int most = count < 2 || percent == 0 ? 0 : Math.min(count - 1, Math.max(1, count * percent / 100));
        for (int step = 0; step < 3000; step++) {
            int chosen = random.nextInt(count);
            UpstreamEndpoint endpoint = upstream.endpoints().entries().get(chosen);
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> {
                    upstream.failed(endpoint, loop, FAILURE);
                    fail(models, chosen, most);
                }
                case 3 -> {
                    upstream.answered(endpoint, loop, 200 + random.nextInt(4) * 100);
                    answer(models, chosen);
                }
                case 4 -> now += random.nextLong(6 * SECOND);
                default -> pick(upstream, loop, models);
            }
            compare(upstream, models, "seed " + seed + " step " + step);
        }
    }

    private void fail(List<Model> models, int index, int most) {
        Model model = models.get(index);
        if (models.size() < 2) {
            return;
        }
        model.inARow++;
        if (model.ejected || model.inARow < LIMIT) {
            return;
        }
        if (!model.failing && !model.out()) {
            model.ejections = lasting(model);
        }
        boolean place = model.probed || models.stream().filter(Model::out).count() < most;
        model.failing = true;
        if (place) {
            model.ejections = (int) Math.min(model.ejections + 1, LONGEST / EJECTION);
            model.ejected = true;
            model.probed = false;
            model.until = now + Math.min(LONGEST, EJECTION * model.ejections);
        }
    }

    private int lasting(Model model) {
        return model.ejections == 0 ? 0 : (int) Math.max(0, model.ejections - (now - model.healthySince) / EJECTION);
    }

    private static boolean panic(List<Model> models) {
        return models.stream().allMatch(model -> model.failing);
    }

    private void answer(List<Model> models, int index) {
        Model model = models.get(index);
        if (model.ejected && !panic(models)) {
            return;
        }
        if (model.failing) {
            model.healthySince = now;
        }
        model.inARow = 0;
        model.failing = false;
        model.ejected = false;
        model.probed = false;
    }

    private void pick(Upstream upstream, Loop loop, List<Model> models) {
        for (Model model : models) {
            if (model.out() && model.until <= now) {
                model.inARow = model.ejected ? LIMIT - 1 : model.inARow;
                model.ejected = false;
                model.probed = true;
                model.probesLeft = OutlierDetector.PROBES;
                model.until = now + EJECTION;
            }
        }
        UpstreamEndpoint picked = upstream.pick(loop, null);
        if (picked == null) {
            throw new AssertionError("nothing was picked");
        }
        Model model = models.get(picked.endpoint().port() - 1);
        if (panic(models)) {
            return;
        }
        assertThat(model.ejected).as("an ejected endpoint was picked though others are not failing").isFalse();
        if (model.probed) {
            assertThat(model.probesLeft).as("probes that were left").isPositive();
            model.probesLeft--;
        }
    }

    private void compare(Upstream upstream, List<Model> models, String where) {
        List<String> seen = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < models.size(); i++) {
            Model model = models.get(i);
            EndpointHealth health = upstream.health(upstream.endpoints().entries().get(i), now, Instant.EPOCH);
            seen.add(health.state() + " " + health.until());
            expected.add(model.ejected
                    ? "EJECTED " + Instant.EPOCH.plusNanos(model.until - now)
                    : model.probed
                            ? "PROBED " + Instant.EPOCH.plusNanos(model.until - now)
                    : (model.failing ? "FAILING" : "HEALTHY") + " null");
        }
        assertThat(seen).as(where).isEqualTo(expected);
        Set<Integer> out = new TreeSet<>();
        for (int i = 0; i < models.size(); i++) {
            if (models.get(i).out()) {
                out.add(i);
            }
        }
        assertThat(upstream.outliers().out()).as(where).isEqualTo(out.size());
        assertThat(out.size()).as(where).isLessThan(models.size());
    }
}
