package io.jigress.proxy;

import io.jigress.api.FilterFactory;
import io.jigress.api.Json;
import io.jigress.api.UpstreamProtocol;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.GatewayConfig;
import io.jigress.proxy.compile.RuntimeCompiler;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.http1.HeadPool;
import io.jigress.proxy.http1.Http1Protocol;
import io.jigress.proxy.listen.ListenerManager;
import io.jigress.proxy.listen.Transport;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.telemetry.AccessLog;
import io.jigress.proxy.telemetry.ApplyEvent;
import io.jigress.proxy.telemetry.LoopMetrics;
import io.jigress.proxy.telemetry.Metrics;
import io.jigress.proxy.upstream.ConnectionPools;
import io.jigress.proxy.upstream.DnsDirectory;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.Upstreams;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// The running data plane. Starts with nothing to do; [#apply] tells it what. For several threads.
public final class Gateway implements AutoCloseable {
    private final ProxySettings settings;
    private final Transport transport;
    private final MultiThreadIoEventLoopGroup group;
    private final Loop[] loops;
    private final List<ConnectionPools> pools = new ArrayList<>();
    private final ListenerManager listeners;
    private final DnsDirectory dns;
    private final Upstreams upstreams;
    private final RuntimeCompiler compiler;
    private final Metrics metrics;
    private final AccessLog accessLog;
    private final MemoryReport memory;
    private final ScheduledExecutorService warming = Executors
            .newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("gateway-warming").factory());
    private long revision;

    /// @throws IllegalArgumentException for settings that cannot be met; the message names the setting
    public static Gateway start(ProxySettings settings, List<FilterFactory<?>> filters, EndpointDirectory directory) {
        return new Gateway(settings, filters, directory);
    }

    private Gateway(ProxySettings settings, List<FilterFactory<?>> filters, EndpointDirectory directory) {
        this.settings = settings;
        this.transport = Transport.choose(settings.transport());
        this.group = new MultiThreadIoEventLoopGroup(settings.eventLoops(), new DefaultThreadFactory("gateway"),
                transport.handlers());
        this.metrics = new Metrics(settings.metrics(), settings.version());
        this.accessLog = new AccessLog(settings.accessLog());
        this.loops = new Loop[settings.eventLoops()];
        this.dns = dns((EventLoop) group.next(), transport, settings);
        this.upstreams = new Upstreams(directory, dns, protocols(settings));
        Map<EventLoop, ExchangeContext> contexts = new LinkedHashMap<>();
        List<MemoryReport.Owned> owned = new ArrayList<>();
        for (int i = 0; i < loops.length; i++) {
            EventLoop executor = (EventLoop) group.next();
            LoopMetrics numbers = metrics.loop();
            Loop loop = new Loop(i, executor, System::nanoTime, System.nanoTime() * 31 + i, numbers, accessLog.writer(numbers),
                    new HeadPool());
            loops[i] = loop;
            ConnectionPools connections = new ConnectionPools(loop, transport.client());
            pools.add(connections);
            ExchangeContext context = new ExchangeContext(loop, connections, System::currentTimeMillis, settings.heldBodyBytes());
            contexts.put(executor, context);
            owned.add(new MemoryReport.Owned(context, connections));
            executor.execute(loop::start);
        }
        this.listeners = new ListenerManager(transport, contexts, settings);
        this.memory = new MemoryReport(owned, listeners.connections());
        this.compiler = new RuntimeCompiler(filters, upstreams, loops, settings);
    }

    static DnsDirectory dns(EventLoop loop, Transport transport, ProxySettings settings) {
        return new DnsDirectory(loop, transport.datagrams(), null, settings.dns());
    }

    /// What this build speaks to upstreams, by name.
    static Map<String, UpstreamProtocol> protocols(ProxySettings settings) {
        UpstreamProtocol http1 = new Http1Protocol(settings.heads());
        return Map.of(http1.name(), http1);
    }

    /// Makes a configuration live: returns when every request that begins from now on sees it. Equal configuration does nothing.
    public synchronized ApplyReport apply(GatewayConfig config) {
        long begin = System.nanoTime();
        ApplyEvent event = new ApplyEvent();
        event.begin();
        GatewayConfig before = compiler.current();
        RuntimeCompiler.Outcome outcome = compiler.apply(config);
        List<ApplyReport.ListenerProblem> problems = new ArrayList<>();
        // Closing goes first, since another listener may want the port; one that could not be opened is tried again each time.
        config.listeners().diff(before.listeners(), (name, _, now) -> {
            if (now == null) {
                listeners.close(name);
            }
        });
        config.listeners().forEach((name, listener) -> {
            String fault = listeners.open(listener, compiler.table(name));
            if (fault != null) {
                problems.add(new ApplyReport.ListenerProblem(name, fault));
            }
        });
        publish();
        compiler.retire();
        warm(outcome);
        long nanos = System.nanoTime() - begin;
        metrics.applied(++revision, nanos);
        event.done(revision, outcome.routesCompiled(), nanos, 0);
        return new ApplyReport(outcome.routesCompiled(), outcome.nodesCopied(), outcome.waiting().size(), problems,
                outcome.faults(), nanos);
    }

    private void publish() {
        for (String name : listeners.names()) {
            Frontend frontend = listeners.frontend(name);
            if (frontend != null) {
                frontend.routes(compiler.table(name));
            }
        }
    }

    private void warm(RuntimeCompiler.Outcome outcome) {
        if (outcome.waiting().isEmpty()) {
            return;
        }
        for (Upstream upstream : outcome.waiting()) {
            upstream.whenKnown(() -> warming.execute(() -> resume(false)));
        }
        warming.schedule(() -> resume(true), settings.warmTimeout().toNanos(), TimeUnit.NANOSECONDS);
    }

    private synchronized void resume(boolean force) {
        compiler.resume(force);
        publish();
        compiler.retire();
    }

    /// What would happen to a request, and why; see [Explainer].
    public synchronized Json explain(String listener, String method, String scheme, String authority, String target,
            List<Map.Entry<String, String>> headers) {
        return Explainer.explain(compiler, compiler.current(), settings, listener, method, scheme, authority, target, headers);
    }

    /// The port a listener is bound to; -1 when it is not open.
    public synchronized int boundPort(String listener) {
        return listeners.port(listener);
    }

    public synchronized List<String> listeners() {
        return listeners.names();
    }

    /// Prometheus text.
    public String metrics() {
        return metrics.text();
    }

    /// Prometheus text, in pieces.
    public List<String> metricPieces() {
        return metrics.pieces();
    }

    public String transport() {
        return transport.name();
    }

    public void reopenAccessLog() {
        accessLog.reopen();
    }

    /// What holds how many bytes: the process, its heap and buffers, clients, and each event loop.
    public Json.Builder memory() {
        return memory.now();
    }

    /// How many filters the routes use, each configuration and scope counted once.
    public synchronized int filtersInUse() {
        return compiler.filtersInUse();
    }

    /// Ends in good order: responses say `Connection: close` while new connections are still taken for `delay`, then no more are taken,
    /// and what is under way may finish until `deadline`.
    public void drain(Duration delay, Duration deadline) throws InterruptedException {
        synchronized (this) {
            listeners.drain();
        }
        Thread.sleep(delay.toMillis());
        synchronized (this) {
            listeners.stopAccepting();
        }
        long end = System.nanoTime() + deadline.toNanos();
        while (!listeners.connections().isEmpty() && System.nanoTime() < end) {
            listeners.connections().forEach(channel -> channel.pipeline().fireUserEventTriggered(DrainEvent.CLOSE_IDLE));
            Thread.sleep(20);
        }
    }

    @Override
    public void close() {
        warming.shutdownNow();
        synchronized (this) {
            listeners.stopAccepting();
        }
        listeners.connections().close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        pools.forEach(ConnectionPools::closeIdle);
        dns.close();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
        accessLog.close();
    }

    /// Said to every connection of a client.
    public enum DrainEvent {
        /// Close if no exchange is under way.
        CLOSE_IDLE
    }
}
