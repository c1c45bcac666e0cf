package io.jigress.proxy.upstream;

import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointDirectory;
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
import io.jigress.proxy.tls.TlsEngine;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// Event loops with connection pools, and clusters whose endpoints a test pushes.
final class Rig implements AutoCloseable, EndpointDirectory {
    static final ConnectionLimits LIMITS = ConnectionLimits.DEFAULT;

    private final MultiThreadIoEventLoopGroup group;
    private final Map<String, Consumer<Endpoints>> listeners = new HashMap<>();
    final Metrics metrics = new Metrics(new MetricsSettings(10, 10), "test", "test");
    final List<Loop> loops = new ArrayList<>();
    final List<ConnectionPools> pools = new ArrayList<>();
    final List<LoopMetrics> numbers = new ArrayList<>();
    final Upstreams upstreams;

    /// How far the clock of the loops is ahead of the machine's.
    private final AtomicLong aheadNanos = new AtomicLong();

    Rig(int count) {
        this(count, NioSocketChannel::new, 1_000_000);
    }

    /// @param files how many connections to upstreams may be open
    Rig(int count, ChannelFactory<? extends Channel> transport, int files) {
        UpstreamFiles budget = new UpstreamFiles(files);
        group = new MultiThreadIoEventLoopGroup(count, NioIoHandler.newFactory());
        AccessLog log = new AccessLog(AccessLogSettings.OFF);
        for (int i = 0; i < count; i++) {
            LoopMetrics own = metrics.loop();
            Loop loop = new Loop(i, (EventLoop) group.next(), this::nanoTime, 4711 + i, own, log.writer(own),
                    MemoryBudget.ofNetty(256 * 1024, 85, 8, 0));
            loops.add(loop);
            numbers.add(own);
            pools.add(new ConnectionPools(loop, transport, budget));
            run(i, () -> {
                loop.start();
                return "";
            });
        }
        DnsDirectory dns = new DnsDirectory(loops.getFirst().executor(), NioDatagramChannel::new, NioSocketChannel::new, null,
                DnsSettings.DEFAULT);
        upstreams = new Upstreams(this, dns, List.of(new Http1Protocol(HeadLimits.STANDARD, new HeadPools(count))),
                TlsEngine.choose("auto"), new WatchedEndpoints.Clock(this::nanoTime, this::millis));
    }

    private long nanoTime() {
        return System.nanoTime() + aheadNanos.get();
    }

    /// Since 1970, with as much ahead.
    long millis() {
        return System.currentTimeMillis() + TimeUnit.NANOSECONDS.toMillis(aheadNanos.get());
    }

    /// Sets the clock of the loops ahead, and returns when they have run what became due.
    void setAhead(Duration time) {
        aheadNanos.set(time.toNanos());
        for (int i = 0; i < loops.size(); i++) {
            Loop loop = loops.get(i);
            run(i, () -> {
                loop.timers().advance(loop.nanoTime());
                return "";
            });
        }
    }

    /// Runs something on a loop and waits for its result.
    <T> T run(int loop, Callable<T> what) {
        try {
            return loops.get(loop).executor().submit(what).get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    Upstream fixed(ConnectionLimits limits, Endpoint... endpoints) {
        return upstreams.acquire(cluster(new EndpointRef.Fixed(List.of(endpoints)), LoadBalancing.ROUND_ROBIN, limits));
    }

    Upstream fixed(LoadBalancing balancing, Endpoint... endpoints) {
        return upstreams.acquire(cluster(new EndpointRef.Fixed(List.of(endpoints)), balancing, LIMITS));
    }

    Upstream fixed(OutlierDetection outliers, Endpoint... endpoints) {
        return upstreams.acquire(
                cluster(new EndpointRef.Fixed(List.of(endpoints)), LoadBalancing.ROUND_ROBIN, LIMITS, outliers));
    }

    static Cluster cluster(EndpointRef ref, LoadBalancing balancing, ConnectionLimits limits, OutlierDetection outliers) {
        return new Cluster("c", "Service default/c:80", "http1", Json.object().build(), ref, balancing, limits, outliers);
    }

    static Cluster cluster(EndpointRef ref, LoadBalancing balancing, ConnectionLimits limits) {
        return new Cluster("c", "Service default/c:80", "http1", Json.object().build(), ref, balancing, limits);
    }

    static Endpoint weighted(int port, int weight) {
        return new Endpoint("127.0.0.1", port, weight, "", Map.of());
    }

    void push(String name, Endpoint... endpoints) {
        listeners.get(name).accept(new Endpoints(List.of(endpoints), true));
    }

    boolean watched(String name) {
        return listeners.containsKey(name);
    }

    /// Sends a request to the upstream's next endpoint.
    TestRequest send(int loop, Upstream upstream, boolean fresh) {
        UpstreamEndpoint endpoint = run(loop, () -> upstream.pick(loops.get(loop), null));
        if (endpoint == null) {
            throw new AssertionError("no endpoint");
        }
        return send(loop, upstream, endpoint, fresh);
    }

    TestRequest send(int loop, Upstream upstream, UpstreamEndpoint endpoint, boolean fresh) {
        TestRequest request = new TestRequest();
        run(loop, () -> {
            pools.get(loop).acquire(upstream, endpoint, fresh, request);
            return "";
        });
        return request;
    }

    TestRequest send(Upstream upstream) {
        return send(0, upstream, false);
    }

    @Override
    public Watch watch(EndpointRef.Named name, Consumer<Endpoints> listener) {
        listeners.put(name.name(), listener);
        listener.accept(Endpoints.UNKNOWN);
        return () -> listeners.remove(name.name());
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
