package io.jigress.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.UpstreamCall;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// When parts of a request body are sent to an HTTP/1 upstream.
class BodySendsTest {
    private static final int LENGTH = 1 << 20;
    private static final String HEAD = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + LENGTH + "\r\n\r\n";

    private final BlockingQueue<ManualChannel> connecting = new LinkedBlockingQueue<>();
    private final Rig rig = new Rig(1, () -> new ManualChannel(connecting::add), 10);
    private ManualChannel channel;
    private UpstreamCall call;

    @BeforeEach
    void open() throws InterruptedException {
        Upstream upstream = rig.fixed(Rig.LIMITS, Rig.weighted(1, 1));
        TestRequest request = new TestRequest(HEAD, false);
        onLoop(() -> rig.pools.getFirst().acquire(upstream, upstream.pick(rig.loops.getFirst(), null), false, request));
        channel = connecting.poll(10, TimeUnit.SECONDS);
        onLoop(channel::establish);
        call = request.call();
        onLoop(() -> {
            assertThat(channel.sent).isPositive();
            channel.sends = 0;
            channel.sent = 0;
        });
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void onLoop(Runnable task) {
        rig.run(0, () -> {
            task.run();
            return "";
        });
    }

    private void part(int bytes, boolean last) {
        ByteBuf data = channel.alloc().directBuffer(bytes).writeZero(bytes);
        call.body(data, last);
    }

    private void hasSent(int sends, long bytes) {
        assertThat(channel.sends).isEqualTo(sends);
        assertThat(channel.sent).isEqualTo(bytes);
    }

    @Test
    void partsThatArriveTogetherGoInOneSendOfTheSameTurnOfTheLoop() {
        onLoop(() -> {
            part(100, false);
            part(200, false);
            part(300, false);
            hasSent(0, 0);
        });
        onLoop(() -> hasSent(1, 600));
        onLoop(() -> part(50, false));
        onLoop(() -> hasSent(2, 650));
    }

    @Test
    void manyBytesAreSentAtOnce() {
        onLoop(() -> {
            part(16 << 10, false);
            hasSent(0, 0);
            part(16 << 10, false);
            hasSent(1, 32 << 10);
            part(64 << 10, false);
            hasSent(2, 96 << 10);
        });
    }

    @Test
    void theLastPartIsSentAtOnceWithThoseBeforeIt() {
        onLoop(() -> {
            part(LENGTH - 100, false);
            channel.sends = 0;
            channel.sent = 0;
            part(60, false);
            part(40, true);
            hasSent(1, 100);
        });
        onLoop(() -> hasSent(1, 100));
    }

    @Test
    void whatHasArrivedIsSentBeforeTheRequestIsCancelled() {
        onLoop(() -> {
            part(100, false);
            call.cancel();
            hasSent(1, 100);
            assertThat(channel.isActive()).isFalse();
        });
    }
}
