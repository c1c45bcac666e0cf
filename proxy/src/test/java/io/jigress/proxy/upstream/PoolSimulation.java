package io.jigress.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Headers;
import io.jigress.api.Json;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamProtocol;
import io.jigress.api.UpstreamSession;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import io.jigress.config.LoadBalancing;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http1.HeadPool;
import io.jigress.proxy.http1.Http1RequestHead;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.MemoryBudget;
import io.jigress.proxy.telemetry.AccessLog;
import io.jigress.proxy.telemetry.AccessLogSettings;
import io.jigress.proxy.telemetry.LoopMetrics;
import io.jigress.proxy.telemetry.Metrics;
import io.jigress.proxy.telemetry.MetricsSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The connection pools of some event loops, one endpoint, and sessions that carry several calls; loops, connections and time advance only
/// when a test orders it. [#rest] checks the invariants.
final class PoolSimulation {
    static final Duration IDLE = Duration.ofSeconds(10);

    final List<Waiting> waiting = new ArrayList<>();
    final List<Session> sessions = new ArrayList<>();
    /// Connections that are being established, in order.
    final List<Connecting> connecting = new ArrayList<>();
    /// How many calls new sessions can carry.
    int concurrency;
    private final int max;
    private final int maxPending;
    private final List<ManualIoEventLoop> executors = new ArrayList<>();
    private final List<Loop> loops = new ArrayList<>();
    private final List<LoopMetrics> numbers = new ArrayList<>();
    private final List<ConnectionPools> pools = new ArrayList<>();
    private final Upstream upstream;
    private final UpstreamEndpoint endpoint;
    private final Http1RequestHead head = new HeadPool().request(HeadLimits.STANDARD, "http");
    private long now = 1;
    private long moment;
    /// How many calls the last new session could carry.
    private int told;
    private int overloaded;
    private int refused;

    /// @param max connections
    /// @param maxPending requests that may wait
    PoolSimulation(int loopCount, int max, int maxPending, int concurrency) {
        this.max = max;
        this.maxPending = maxPending;
        this.concurrency = concurrency;
        Metrics metrics = new Metrics(new MetricsSettings(10, 10), "test", "test");
        AccessLog log = new AccessLog(AccessLogSettings.OFF);
        UpstreamFiles files = new UpstreamFiles(1_000_000);
        for (int i = 0; i < loopCount; i++) {
            ManualIoEventLoop executor = new ManualIoEventLoop(Thread.currentThread(), LocalIoHandler.newFactory());
            LoopMetrics own = metrics.loop();
            Loop loop = new Loop(i, executor, () -> now, 4711 + i, own, log.writer(own),
                    MemoryBudget.ofNetty(256 * 1024, 85, 8, 0));
            int index = i;
            executors.add(executor);
            loops.add(loop);
            numbers.add(own);
            pools.add(new ConnectionPools(loop,
                    () -> new ManualChannel(channel -> connecting.add(new Connecting(channel, index))), files));
        }
        ConnectionLimits limits = new ConnectionLimits(Duration.ofSeconds(5), IDLE, max, maxPending);
        Cluster cluster = new Cluster("c", "test", "sim", Json.Obj.EMPTY, new EndpointRef.Fixed(List.of()),
                LoadBalancing.ROUND_ROBIN, limits);
        WatchedEndpoints endpoints = new WatchedEndpoints(null, new Protocol(), new Destinations(), new EjectionLog());
        endpoints.update(new Endpoints(List.of(Endpoint.of("127.0.0.1", 80)), true));
        upstream = new Upstream(cluster, endpoints);
        endpoint = endpoints.present().entries().getFirst();
        head.append(Unpooled.copiedBuffer("GET / HTTP/1.1\r\nHost: a\r\n\r\n", StandardCharsets.US_ASCII));
    }

    // ---- what can happen

    Waiting acquire(int loop, boolean fresh) {
        Waiting waiter = new Waiting(loop, fresh, ++moment);
        waiting.add(waiter);
        long places = maxPending + (max - sessions.size()) * (long) Math.max(1, told);
        boolean full = waiting.size() > places;
        pools.get(loop).acquire(upstream, endpoint, fresh, waiter);
        boolean turnedAway = waiter.failure != null && waiter.failure.kind() == Kind.OVERLOADED;
        assertThat(turnedAway && !full).as("turned away though there is a place").isFalse();
        assertThat(!waiter.isOver() && waiting.size() > places).as("waits though there is no place").isFalse();
        overloaded += turnedAway ? 1 : 0;
        return waiter;
    }

    void cancel(Waiting waiter) {
        waiter.over("cancelled");
        pools.get(waiter.loop).cancel(waiter);
    }

    void establish(Connecting which) {
        connecting.remove(which);
        newSessionsOn = which.loop;
        which.channel.establish();
    }

    void refuse(Connecting which) {
        connecting.remove(which);
        refused++;
        which.channel.refuse();
    }

    void pass(Duration time) {
        now += time.toNanos();
        loops.forEach(loop -> loop.timers().advance(now));
    }

    void closeIdle() {
        pools.forEach(ConnectionPools::closeIdle);
    }

    private int newSessionsOn;

    record Connecting(ManualChannel channel, int loop) {}

    private final class Protocol implements UpstreamProtocol {
        @Override
        public String name() {
            return "sim";
        }

        @Override
        public UpstreamSession session(UpstreamChannel channel) {
            Session session = new Session(channel, newSessionsOn, concurrency, ++moment);
            sessions.add(session);
            told = concurrency;
            return session;
        }
    }

    /// A request for a connection.
    final class Waiting implements ConnectionPools.Waiter, ResponseSink {
        final int loop;
        final boolean fresh;
        final long born;
        private @Nullable String over;
        @Nullable ProxyFailure failure;

        Waiting(int loop, boolean fresh, long born) {
            this.loop = loop;
            this.fresh = fresh;
            this.born = born;
        }

        @Override
        public String toString() {
            return "waiting " + loop + (fresh ? " fresh" : "") + " since " + born;
        }

        private void over(String how) {
            assertThat(over).as("called back or cancelled before").isNull();
            over = how;
            waiting.remove(this);
        }

        boolean isOver() { return over != null; }

        @Override
        public void acquired(UpstreamSession session, boolean reused) {
            over("acquired");
            Session to = (Session) session;
            assertThat(to.loop).as("loop of the connection").isEqualTo(loop);
            assertThat(!fresh || to.born > born || !to.calls.isEmpty())
                    .as("a connection that is not new stands, as its calls show").isTrue();
            session.open(head, true, this);
        }

        @Override
        public void failed(ProxyFailure why) {
            if (!"acquired".equals(over)) {
                over(why.kind().name());
            }
            failure = why;
        }

        @Override
        public void informational(ResponseHead informational) {}

        @Override
        public void switched(ResponseHead head) {
            head(head, false);
        }

        @Override
        public void head(ResponseHead response, boolean last) {}

        @Override
        public void body(ByteBuf data, boolean last) {}

        @Override
        public void trailers(Headers trailers) {}

        @Override
        public void writable() {}
    }

    /// A connection that carries as many calls as a test sets.
    final class Session implements UpstreamSession {
        final UpstreamChannel channel;
        final int loop;
        final long born;
        final List<Call> calls = new ArrayList<>();
        private int room;
        private boolean closed;
        /// Its protocol has a bug.
        boolean breaks;

        Session(UpstreamChannel channel, int loop, int room, long born) {
            this.channel = channel;
            this.loop = loop;
            this.room = room;
            this.born = born;
        }

        @Override
        public String toString() {
            return "session " + loop + " of " + born + ": " + calls.size() + " of " + room;
        }

        void limit(int calls) {
            room = calls;
            channel.changed();
        }

        /// The peer closes.
        void lose() {
            channel.close();
        }

        boolean isClosed() { return closed; }

        @Override
        public int concurrency() {
            return room;
        }

        @Override
        public int active() {
            return calls.size();
        }

        @Override
        public UpstreamCall open(RequestHead request, boolean last, ResponseSink sink) {
            assertThat(closed).as("closed when a call was opened").isFalse();
            assertThat(calls.size()).as("calls when one more was opened").isLessThan(room);
            if (breaks) {
                throw new IllegalStateException("a bug that this test wants");
            }
            Call call = new Call(this);
            calls.add(call);
            return call;
        }

        @Override
        public void read(ByteBuf bytes) {}

        @Override
        public void closed(String cause) {
            closed = true;
            calls.clear();
            sessions.remove(this);
        }
    }

    static final class Call implements UpstreamCall {
        private final Session session;

        Call(Session session) {
            this.session = session;
        }

        /// The response is complete, or the call is cancelled: to a pool that is the same.
        void end() {
            session.calls.remove(this);
            session.channel.changed();
        }

        @Override
        public void body(ByteBuf data, boolean last) {}

        @Override
        public void trailers(Headers trailers) {}

        @Override
        public boolean writable() {
            return true;
        }

        @Override
        public void reading(boolean on) {}

        @Override
        public void cancel() {
            end();
        }
    }

    // ---- what must hold

    /// Runs all loops until they have no more work, and checks everything.
    void rest() {
        boolean busy = true;
        while (busy) {
            busy = false;
            for (ManualIoEventLoop executor : executors) {
                busy |= executor.runNow() > 0;
            }
        }
        check();
    }

    private void check() {
        int total = sessions.size() + connecting.size();
        assertThat(total).as("connections, those on the way included").isLessThanOrEqualTo(max);
        assertThat(endpoint.connections()).as("connections that are counted").isEqualTo(total);
        for (int i = 0; i < loops.size(); i++) {
            int loop = i;
            List<Session> own = sessions.stream().filter(session -> session.loop == loop).toList();
            List<Waiting> here = waiting.stream().filter(waiter -> waiter.loop == loop).toList();
            long idle = own.stream().filter(session -> session.calls.isEmpty()).count();
            long calls = own.stream().mapToInt(Session::active).sum();
            long underWay = connecting.stream().filter(each -> each.loop == loop).count();
            EndpointPool pool = endpoint.destination().pool(loop);
            if (pool != null) {
                assertThat(pool.open()).as("open").isEqualTo(own.size());
                assertThat(pool.idle()).as("idle").isEqualTo((int) idle);
                assertThat(pool.connecting()).as("connecting").isEqualTo((int) underWay);
                assertThat(pool.outstanding()).as("outstanding").isEqualTo((int) calls + here.size());
            }
            assertThat(numbers.get(loop).poolOpen).isEqualTo(own.size());
            assertThat(numbers.get(loop).poolIdle).isEqualTo(idle);
            assertThat(numbers.get(loop).poolPending).isEqualTo(here.size());
            boolean othersWait = waiting.size() > here.size();
            for (Waiting waiter : here) {
                // While requests of other loops wait, a connection may be closing to make room for them.
                assertThat(own).as("connections with room while one waits")
                        .noneMatch(session -> session.calls.size() < session.room
                                && !othersWait && (!waiter.fresh || session.born > waiter.born || underWay == 0));
                assertThat(underWay > 0 || total == max).as("one waits, and nobody connects though there is room").isTrue();
                assertThat(underWay > 0 || sessions.stream().noneMatch(session -> session.calls.isEmpty()))
                        .as("one waits, nobody connects, and an idle connection keeps its place").isTrue();
            }
        }
        assertThat(sessions).as("idle connections that take no call")
                .noneMatch(session -> session.calls.isEmpty() && session.room == 0);
    }

    /// Establishes every connection and ends every call: then no request may wait any more, and after the idle time nothing is left.
    void finish() {
        for (int round = 0; !waiting.isEmpty() || !connecting.isEmpty()
                || sessions.stream().anyMatch(s -> s.active() > 0); round++) {
            assertThat(round).as("rounds until everybody was served").isLessThan(10_000);
            List.copyOf(connecting).forEach(this::establish);
            rest();
            sessions.stream().flatMap(session -> session.calls.stream()).toList().forEach(call -> {
                if (call.session.calls.contains(call)) {
                    call.end();
                }
            });
            rest();
        }
        pass(IDLE.plusSeconds(1));
        rest();
        assertThat(sessions).isEmpty();
        assertThat(endpoint.connections()).isZero();
        for (int i = 0; i < loops.size(); i++) {
            assertThat(pools.get(i).describe().toString())
                    .isEqualTo("{\"endpoints\":0,\"open\":0,\"idle\":0,\"connecting\":0,\"waiting\":0}");
            assertThat(loops.get(i).timers().size()).as("timers").isZero();
        }
    }

    int loops() {
        return loops.size();
    }

    int overloaded() {
        return overloaded;
    }

    int refused() {
        return refused;
    }
}
