package io.jigress.proxy.http1;

import io.jigress.proxy.tls.TlsChannels;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import java.time.Duration;

/// Ends a client's connection in two steps: the sending direction once all that is queued has been sent (FIN), then the connection, when
/// the client has ended its direction too or has had two seconds to do so. Closing at once with bytes unread would reset the connection
/// before the client has read the response (RFC 9112, 9.6).
///
/// It also keeps which directions have ended, since either may end alone (half-close). Event loop only.
final class LingeringClose {
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final Channel channel;
    private final ConnectionTimer timer;
    private final SendProgress progress;
    private boolean begun;
    private boolean inputEnded;
    private boolean outputEnded;

    LingeringClose(Channel channel, ConnectionTimer timer, SendProgress progress) {
        this.channel = channel;
        this.timer = timer;
        this.progress = progress;
    }

    /// @param stalled how long the client may take nothing of what is still to be sent
    void begin(Duration stalled) {
        begun = true;
        progress.restart();
        timer.start(stalled);
        endOutput();
    }

    /// Whether the client has ended its sending direction.
    boolean isInputEnded() { return inputEnded; }

    /// The client has ended its sending direction.
    void inputEnded() {
        inputEnded = true;
    }

    /// All that the client sent before the end of its direction has been read.
    void allRead() {
        if (outputEnded) {
            channel.close();
        }
    }

    /// Ends the sending direction when all that is queued has been sent.
    void endOutput() {
        TlsChannels.endOutput(channel).addListener(_ -> outputSent());
    }

    private void outputSent() {
        if (!channel.isActive()) {
            return;
        }
        if (!outputEnded && channel instanceof DuplexChannel duplex) {
            outputEnded = true;
            duplex.shutdownOutput();
        }
        if (begun) {
            if (inputEnded) {
                channel.close();
            } else {
                timer.start(LINGER);
            }
        }
    }

    /// The timer has run out.
    ///
    /// @param stalled how long the client may take nothing of what is still to be sent
    void expired(Duration stalled) {
        if (progress.advances()) {
            timer.start(stalled);
        } else {
            channel.close();
        }
    }
}
