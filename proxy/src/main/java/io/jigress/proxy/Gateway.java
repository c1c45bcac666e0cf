package io.jigress.proxy;

import io.jigress.api.FilterFactory;
import io.jigress.api.Json;
import io.jigress.api.UpstreamProtocol;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.GatewayConfig;
import io.jigress.proxy.call.LoopFilterServices;
import io.jigress.proxy.compile.RouteDefaults;
import io.jigress.proxy.compile.RuntimeCompiler;
import io.jigress.proxy.datagram.UdpProtocol;
import io.jigress.proxy.exchange.ErrorPage;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.exchange.RetryMemory;
import io.jigress.proxy.exchange.TrustedProxies;
import io.jigress.proxy.http1.HeadPools;
import io.jigress.proxy.http1.Http1Protocol;
import io.jigress.proxy.http2.Http2Pools;
import io.jigress.proxy.http2.Http2Protocol;
import io.jigress.proxy.listen.ListenerManager;
import io.jigress.proxy.listen.OpenFailure;
import io.jigress.proxy.listen.Transport;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.MemoryBudget;
import io.jigress.proxy.stream.TcpProtocol;
import io.jigress.proxy.telemetry.AccessLog;
import io.jigress.proxy.telemetry.ApplyEvent;
import io.jigress.proxy.telemetry.LoopMetrics;
import io.jigress.proxy.telemetry.Metrics;
import io.jigress.proxy.telemetry.ProtocolRefusal;
import io.jigress.proxy.tls.TlsEngine;
import io.jigress.proxy.tls.TlsStore;
import io.jigress.proxy.upstream.ConnectionPools;
import io.jigress.proxy.upstream.DnsDirectory;
import io.jigress.proxy.upstream.UpstreamFiles;
import io.jigress.proxy.upstream.Upstreams;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The running data plane. Starts without a configuration; [#apply] sets one. For several threads.
public final class Gateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    /// How long [#close] waits for the event loops to finish their tasks.
    private static final long LOOPS_CLOSE_SECONDS = 2;
    /// How often the keys of session tickets are replaced.
    private static final long TICKET_HOURS = 12;
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final ProxySettings settings;
    private final Transport transport;
    private final MultiThreadIoEventLoopGroup group;
    private final Loop[] loops;
    private final List<ConnectionPools> pools = new ArrayList<>();
    private final ListenerManager listeners;
    private final DnsDirectory dns;
    private final Upstreams upstreams;
    private final RuntimeCompiler compiler;
    private final TlsEngine engine;
    private final TlsStore tls;
    private final Metrics metrics;
    private final AccessLog accessLog;
    private final MemoryReport memory;
    private final ScheduledThreadPoolExecutor warming = new ScheduledThreadPoolExecutor(1,
            Thread.ofPlatform().daemon().name("gateway-warming").factory(), new ThreadPoolExecutor.DiscardPolicy());
    /// The configuration that was applied last, live or not.
    private GatewayConfig wanted = GatewayConfig.EMPTY;
    private volatile int waiting;
    private final FaultWatch faultWatch = new FaultWatch();
    private long revision;
    private boolean closed;

    /// @param protocols upstream protocols besides HTTP/1.1
    /// @throws IllegalArgumentException for settings that the machine does not support; the message names the setting
    public static Gateway start(ProxySettings settings, List<FilterFactory<?>> filters, List<UpstreamProtocol> protocols,
            EndpointDirectory directory) {
        return new Gateway(settings, filters, protocols, directory);
    }

    private Gateway(ProxySettings settings, List<FilterFactory<?>> filters, List<UpstreamProtocol> protocols,
            EndpointDirectory directory) {
        this.settings = settings;
        this.transport = Transport.choose(settings.transport());
        this.engine = TlsEngine.choose(settings.tlsEngine());
        this.tls = new TlsStore(engine, settings.http2().enabled(), InstantSource.system());
        this.group = new MultiThreadIoEventLoopGroup(settings.eventLoops(), new DefaultThreadFactory("gateway"),
                transport.handlers());
        this.metrics = new Metrics(settings.metrics(), settings.version(), transport.name());
        this.accessLog = new AccessLog(settings.accessLog());
        this.loops = new Loop[settings.eventLoops()];
        HeadPools heads = new HeadPools(loops.length);
        UpstreamFiles files = new UpstreamFiles(settings.clients().connections().upstreams());
        this.dns = dns((EventLoop) group.next(), transport, settings);
        Map<EventLoop, ExchangeContext> contexts = new LinkedHashMap<>();
        MemoryBudget budget = MemoryBudget.ofNetty(settings.clients().connections().queues().bytes(),
                settings.clients().connections().queues().shedPercent(), loops.length, System.nanoTime());
        List<MemoryReport.Owned> owned = new ArrayList<>();
        RetryMemory retryMemory = new RetryMemory(settings.retries().requestBytes(), settings.retries().totalBytes(),
                settings.retries().mirrors());
        for (int i = 0; i < loops.length; i++) {
            EventLoop executor = (EventLoop) group.next();
            LoopMetrics numbers = metrics.loop();
            Loop loop = new Loop(i, executor, System::nanoTime, System.nanoTime() * 31 + i, numbers, accessLog.writer(numbers),
                    budget);
            loops[i] = loop;
            ConnectionPools connections = new ConnectionPools(loop, transport.client(), files);
            pools.add(connections);
            ExchangeContext context = new ExchangeContext(loop, connections, System::currentTimeMillis, settings.heldBodyBytes(),
                    retryMemory);
            contexts.put(executor, context);
            owned.add(new MemoryReport.Owned(context, connections, heads.of(loop)));
            executor.execute(loop::start);
        }
        LOG.info("event loops: {}, transport {}, TLS by {}", loops.length, transport.name(), engine.text());
        this.listeners = new ListenerManager(transport, group, contexts, heads, settings.clients(), settings.http2(),
                new TrustedProxies(settings.trustedProxies()), new ErrorPage(settings.errorPage()));
        this.memory = new MemoryReport(owned, listeners.connections(), retryMemory);
        this.upstreams = new Upstreams(directory, dns, withOwn(protocols, settings, heads), engine);
        metrics.ejected(upstreams::ejected);
        RouteDefaults defaults = routeDefaults(settings);
        this.compiler = new RuntimeCompiler(filters, upstreams, loops, defaults, settings.warmTimeout(),
                new LoopFilterServices(List.copyOf(contexts.values()), defaults, settings.filters()), this::later,
                System::nanoTime);
        warming.scheduleAtFixedRate(this::rotateTickets, TICKET_HOURS, TICKET_HOURS, TimeUnit.HOURS);
    }

    /// Replaces the keys of session tickets.
    synchronized void rotateTickets() {
        if (!closed) {
            tls.rotateTickets();
        }
    }

    static DnsDirectory dns(EventLoop loop, Transport transport, ProxySettings settings) {
        return new DnsDirectory(loop, transport.datagrams(), transport.client(), null, settings.dns());
    }

    static RouteDefaults routeDefaults(ProxySettings settings) {
        return new RouteDefaults(settings.clients().timeouts(), settings.bodyBytes());
    }

    /// HTTP/2 to endpoints with these settings, for protocols of the caller that are spoken over it.
    public static UpstreamProtocol http2(ProxySettings settings) {
        return new Http2Protocol(settings.clients().heads(), new Http2Pools(settings.eventLoops()));
    }

    static List<UpstreamProtocol> withOwn(List<UpstreamProtocol> protocols, ProxySettings settings, HeadPools heads) {
        List<UpstreamProtocol> all = new ArrayList<>(protocols);
        all.add(new Http1Protocol(settings.clients().heads(), heads));
        all.add(http2(settings));
        all.add(new TcpProtocol());
        all.add(new UdpProtocol());
        return all;
    }

    /// Makes a configuration live. Returns when every request that begins from now on uses it, except for changes that wait for the first
    /// endpoints of their clusters, at most for the warm timeout, or for their filters. An equal configuration has no effect.
    ///
    /// Any other exception is a bug: the previous configuration stays live, and the next call applies its configuration as a whole, even when
    /// it is the same.
    ///
    /// @throws IllegalStateException after [#close]
    public synchronized ApplyReport apply(GatewayConfig config) {
        if (closed) {
            throw new IllegalStateException("the gateway is closed");
        }
        long begin = System.nanoTime();
        ApplyEvent event = new ApplyEvent();
        event.begin();
        wanted = config;
        GatewayConfig before = compiler.current();
        RuntimeCompiler.Outcome outcome;
        List<String> faults = new ArrayList<>();
        try {
            faults.addAll(tls.apply(config));
            outcome = compiler.apply(config);
        } catch (RuntimeException | Error e) {
            metrics.applyFailed();
            throw e;
        }
        List<ApplyReport.ListenerProblem> problems = new ArrayList<>();
        // Listeners are closed first, since another one may need the port; one that could not be opened is retried each time.
        config.listeners().diff(before.listeners(), (name, old, now) -> {
            // With TLS from now on, or without: no connection keeps to what it was accepted for.
            if (now == null || old != null && !now.traffic().getClass().equals(old.traffic().getClass())) {
                listeners.close(name);
            }
        });
        config.listeners().forEach((name, listener) -> {
            OpenFailure failure = listeners.open(listener, compiler.table(name), compiler.streams(name), tls.listener(name));
            if (failure != null) {
                problems.add(new ApplyReport.ListenerProblem(name, failure.what(), failure.addressMissing()));
            }
        });
        publish();
        compiler.retire();
        tls.retire();
        faults.addAll(outcome.faults());
        long nanos = System.nanoTime() - begin;
        metrics.applied(++revision, nanos);
        event.done(revision, outcome.routesCompiled(), nanos, 0);
        return new ApplyReport(outcome.routesCompiled(), outcome.nodesCopied(), outcome.waiting(), problems,
                faults, nanos);
    }

    private void publish() {
        waiting = compiler.waiting();
        for (String name : listeners.names()) {
            listeners.udpRoute(name, compiler.streams(name).route());
            Frontend frontend = listeners.frontend(name);
            if (frontend != null) {
                frontend.routes(compiler.table(name));
                frontend.streams(compiler.streams(name));
                frontend.tls(tls.listener(name));
            }
        }
    }

    private void later(long delayNanos, Runnable work) {
        warming.schedule(() -> goOn(work), delayNanos, TimeUnit.NANOSECONDS);
    }

    private synchronized void goOn(Runnable work) {
        if (closed) {
            return;
        }
        if (compiler.failed()) {
            later(RETRY_NANOS, work);
            return;
        }
        try {
            work.run();
            publish();
            compiler.retire();
            faultWatch.look(compiler.faults());
        } catch (RuntimeException | Error e) {
            LOG.error("what waited could not be made live; all is compiled anew in {} s",
                    TimeUnit.NANOSECONDS.toSeconds(RETRY_NANOS), e);
            warming.schedule(this::tryAgain, RETRY_NANOS, TimeUnit.NANOSECONDS);
        }
    }

    private synchronized void tryAgain() {
        if (closed || !compiler.failed()) {
            return;
        }
        try {
            apply(wanted);
        } catch (RuntimeException | Error e) {
            LOG.error("the configuration could not be made live again", e);
            warming.schedule(this::tryAgain, RETRY_NANOS, TimeUnit.NANOSECONDS);
        }
    }

    /// How many applied changes are not live yet, plus the upstreams of the first routes whose endpoints are not known yet (their requests
    /// get 503). Does not block.
    public int waiting() {
        return waiting;
    }

    /// Everything that cannot be compiled in the present configuration, as readable text.
    public synchronized List<String> faults() {
        return compiler.faults();
    }

    /// Calls this when [#faults] changes without an [#apply]: a filter stops to work, or works again. It must not block.
    public void onFaultsChanged(Runnable action) {
        faultWatch.listener(action);
    }

    /// Explains how a request would be routed; see [Explainer].
    public synchronized Json explain(String listener, String method, String scheme, String authority, String target,
            List<Map.Entry<String, String>> headers) {
        return Explainer.explain(compiler, compiler.current(), settings, listener, method, scheme, authority, target, headers);
    }

    /// Explains where a connection or UDP session would go; see [StreamExplainer].
    public synchronized Json explain(String protocol, String address, int port, String serverName) {
        return StreamExplainer.explain(compiler, compiler.current(), protocol, address, port, serverName);
    }

    /// Every endpoint that is ejected, probed or failing.
    public List<Json> unhealthyEndpoints() {
        return upstreams.unhealthy(System.nanoTime(), Instant.now());
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

    /// The same in pieces.
    public List<String> metricPieces() {
        return metrics.pieces();
    }

    /// @param listener is told of each request that breaks the rules of HTTP, on its event loop
    public void refusals(Consumer<ProtocolRefusal> listener) {
        metrics.refusals(listener);
    }

    public String transport() {
        return transport.name();
    }

    public void reopenAccessLog() {
        accessLog.reopen();
    }

    /// Replaces the error page ([ProxySettings#errorPage]) at run time.
    public synchronized void errorPage(String page) {
        listeners.errorPage(new ErrorPage(page));
    }

    /// The memory in use: by the process, its heap and buffers, clients, and each event loop.
    public Json.Builder memory() {
        return memory.now();
    }

    /// How many filters the routes use; a filter counts once for each configuration and scope.
    public synchronized int filtersInUse() {
        return compiler.filtersInUse();
    }

    /// Drains: for `delay`, new connections are still accepted, responses carry `Connection: close`, and another gateway may take over the
    /// ports. Then no connections are accepted, and exchanges in flight may finish until `deadline`.
    public void drain(Duration delay, Duration deadline) throws InterruptedException {
        synchronized (this) {
            listeners.drain();
        }
        Thread.sleep(delay);
        Future<?> finished;
        synchronized (this) {
            finished = listeners.stopAccepting();
        }
        finished.await(deadline.toNanos(), TimeUnit.NANOSECONDS);
    }

    /// Ends at once.
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            warming.shutdownNow();
            listeners.close();
            compiler.close();
        }
        pools.forEach(ConnectionPools::closeIdle);
        dns.close();
        awaitChannels();
        synchronized (this) {
            tls.close();
        }
        group.shutdownGracefully(0, LOOPS_CLOSE_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly(LOOPS_CLOSE_SECONDS + 1,
                TimeUnit.SECONDS);
        accessLog.close();
    }

    /// io_uring channels close once the kernel has cancelled their operations; a loop that ended earlier would log errors.
    private void awaitChannels() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LOOPS_CLOSE_SECONDS);
        try {
            for (Loop loop : loops) {
                while (((SingleThreadEventLoop) loop.executor()).registeredChannels() > 0 && System.nanoTime() < deadline) {
                    Thread.sleep(1);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
