package io.jigress.proxy.http2;

/// How much the peer may send of bodies: it is told of more when half of a window has been taken. Event loop only.
final class Inflow {
    private final FrameWriter writer;
    private final int connectionWindow;
    private final int streamWindow;
    /// How much the peer may still send on the connection.
    private int window = Frames.WINDOW_BYTES;
    private int uncredited;

    Inflow(FrameWriter writer, Http2Limits limits) {
        this.writer = writer;
        this.connectionWindow = limits.connectionWindow();
        this.streamWindow = limits.streamWindow();
    }

    /// Tells the peer the window of the connection.
    void announce() {
        int more = connectionWindow - window;
        if (more > 0) {
            writer.windowUpdate(0, more);
            window += more;
        }
    }

    /// A DATA frame of this length has come, padding included; false when it is longer than the window.
    boolean received(int length) {
        if (length > window) {
            return false;
        }
        window -= length;
        return true;
    }

    /// Bytes have been taken, or dropped.
    void credit(int bytes) {
        uncredited += bytes;
        if (uncredited >= connectionWindow / 2) {
            writer.windowUpdate(0, uncredited);
            window += uncredited;
            uncredited = 0;
        }
    }

    /// The same for a stream.
    void credit(Http2Stream stream, int bytes) {
        if (stream.closed || stream.remoteEnded) {
            return;
        }
        stream.uncredited += bytes;
        if (stream.uncredited >= streamWindow / 2) {
            writer.windowUpdate(stream.id, stream.uncredited);
            stream.receiveWindow += stream.uncredited;
            stream.uncredited = 0;
        }
    }
}
