package io.jigress.proxy.http2;

import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.http.ClientTimeouts;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.tls.TlsChannels;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import java.time.Duration;

/// The life of a client's connection: its end when the listener drains, when it is old, idle or broken; and the timeouts outside of exchanges.
/// Event loop only.
final class ServerLifecycle {
    private enum State {
        /// Requests are taken.
        OPEN,
        /// A GOAWAY tells the client to open no more streams; those that it opened before it knew are served.
        DRAINING,
        /// The last GOAWAY was sent or the client goes: closes when the streams that are open have ended.
        ENDING,
        /// The sending direction is being ended; what still comes is dropped.
        LINGERING, CLOSED
    }

    private static final Duration LINGER = Duration.ofSeconds(2);
    /// How long a connection is without streams before it gives back memory.
    private static final Duration TRIM = Duration.ofSeconds(2);
    /// The payload of the PING that tells when the client has read the first GOAWAY.
    private static final long DRAIN_PING = 0x006a_6967_7265_7373L;
    /// Reading the clock for every request would be a waste.
    private static final int AGE_LOOKS = 16;
    private static final ConnectionError SLOW = new ConnectionError(ErrorCode.SETTINGS_TIMEOUT,
            "no complete SETTINGS or header block within the time for a request head");

    private final ServerStreams streams;
    private final FrameWriter writer;
    private final Channel channel;
    private final Frontend frontend;
    private final Http2Limits limits;
    private final Loop loop;
    private final ConnectionTimer timer;
    private State state = State.OPEN;
    private boolean inputEnded;
    /// Whether memory was given back since the last stream ended.
    private boolean trimmed;
    private long began;

    ServerLifecycle(ServerStreams streams, FrameWriter writer, Channel channel, Frontend frontend, Http2Limits limits,
            Loop loop) {
        this.streams = streams;
        this.writer = writer;
        this.channel = channel;
        this.frontend = frontend;
        this.limits = limits;
        this.loop = loop;
        this.timer = new ConnectionTimer(loop, this::expired);
    }

    private ClientTimeouts timeouts() {
        return frontend.settings().timeouts();
    }

    /// The connection begins: the client's SETTINGS are awaited.
    void begin() {
        began = loop.nanoTime();
        timer.start(timeouts().head());
    }

    /// Whether what comes is still read.
    boolean isReading() { return state != State.LINGERING && state != State.CLOSED; }

    /// A batch of frames has been read.
    void wasRead() {
        if (streams.isHeadIncomplete()) {
            timer.startUnlessEarlier(timeouts().head());
        } else if (streams.streams.count() == 0) {
            idle();
        } else if (!streams.isFinishing()) {
            timer.stop();
        }
    }

    /// A request begins.
    void busy() {
        if (!streams.isFinishing()) {
            timer.stop();
        }
        if (state == State.OPEN && isOld()) {
            drain();
        }
    }

    private boolean isOld() {
        long requests = streams.requests();
        return limits.requests() > 0 && requests >= limits.requests() || !limits.age().isZero() && requests % AGE_LOOKS == 0
                && loop.nanoTime() - began > limits.age().toNanos();
    }

    /// A stream's exchange is over, and the client has not taken the whole response.
    void finishing() {
        if (streams.isFinishing()) {
            timer.startUnlessEarlier(timeouts().idle());
        }
    }

    /// No stream is open.
    void idle() {
        switch (state) {
            case OPEN -> {
                if (frontend.draining()) {
                    drain();
                } else {
                    startIdle();
                }
            }
            // Not at once: callers up the stack still write.
            case ENDING -> channel.eventLoop().execute(this::lingerIfIdle);
            case DRAINING, LINGERING, CLOSED -> {}
        }
    }

    private void startIdle() {
        if (!streams.isSettled()) {
            timer.start(timeouts().head());
            return;
        }
        Duration idle = timeouts().idle();
        trimmed = idle.compareTo(TRIM) <= 0;
        timer.start(trimmed ? idle : TRIM);
    }

    private void lingerIfIdle() {
        if (streams.streams.count() == 0) {
            linger();
        }
    }

    /// The listener drains, or the connection is old: the client is told to use another one for what it has not sent yet.
    void drain() {
        if (state == State.OPEN) {
            state = State.DRAINING;
            // RFC 9113, 6.8: the highest number, since requests may be in transit.
            writer.goAway(Integer.MAX_VALUE, ErrorCode.NO_ERROR, "");
            writer.ping(DRAIN_PING, false);
            timer.startUnlessEarlier(frontend.settings().connections().quiet());
        }
    }

    void pingAnswered(long data) {
        if (data == DRAIN_PING && state == State.DRAINING) {
            end();
        }
    }

    /// Nothing that the client opens from now on is served.
    private void end() {
        state = State.ENDING;
        streams.endAt(ErrorCode.NO_ERROR, "");
        lingerIfIdle();
    }

    /// The client opens no more streams.
    void clientGoesAway() {
        if (state == State.OPEN || state == State.DRAINING) {
            state = State.ENDING;
            if (streams.streams.count() == 0) {
                idle();
            }
        }
    }

    /// The client has ended its sending direction (FIN), and all streams with it.
    void inputEnded() {
        inputEnded = true;
        if (state == State.LINGERING) {
            channel.close();
        } else {
            linger();
        }
    }

    /// Ends the sending direction when all that is queued has been sent, then the connection. Closing at once with bytes unread would reset
    /// the connection before the client has read what was sent.
    void linger() {
        if (!isReading()) {
            return;
        }
        state = State.LINGERING;
        writer.flush();
        timer.start(timeouts().idle());
        TlsChannels.endOutput(channel).addListener(_ -> outputSent());
    }

    private void outputSent() {
        if (!channel.isActive()) {
            return;
        }
        if (inputEnded || !(channel instanceof DuplexChannel duplex)) {
            channel.close();
        } else {
            duplex.shutdownOutput();
            timer.start(LINGER);
        }
    }

    /// The connection is gone.
    void closed() {
        state = State.CLOSED;
        timer.remove();
    }

    private void expired() {
        switch (state) {
            case OPEN -> {
                if (streams.isHeadIncomplete() || !streams.isSettled()) {
                    streams.refuse(SLOW);
                } else if (streams.streams.count() > 0) {
                    // Exchanges have deadlines of their own.
                    streams.resetStalled();
                    finishing();
                } else if (!trimmed) {
                    trimmed = true;
                    streams.trim();
                    timer.start(timeouts().idle().minus(TRIM));
                } else {
                    end();
                }
            }
            case DRAINING -> end();
            case ENDING -> {
                streams.resetStalled();
                finishing();
            }
            case LINGERING, CLOSED -> channel.close();
        }
    }
}
