package io.jigress.proxy.http2;

import java.time.Duration;

/// What an HTTP/2 connection of a client may ask for. Frames beyond a limit per second cost the connection (ENHANCE_YOUR_CALM).
///
/// @param streams how many may be open at once (`http2.streams`)
/// @param streamWindow how much of a request's body may arrive before the upstream has taken it (`http2.window.stream`)
/// @param connectionWindow the same of all streams together (`http2.window.connection`)
/// @param continuations the most frames of one header block (`http2.continuations`)
/// @param rates of frames that cost their sender little
/// @param age after which a connection is told to go elsewhere (`http2.connection.age`); zero for none
/// @param requests after how many requests it is told so (`http2.connection.requests`); zero for none
public record Http2Limits(int streams, int streamWindow, int connectionWindow, int continuations, Rates rates, Duration age,
        long requests) {

    /// Frames per second.
    ///
    /// @param resets streams that end by RST_STREAM, sent by the client; one that it caused counts as 20 (`http2.resets`)
    /// @param settings SETTINGS (`http2.settings`)
    /// @param pings PING (`http2.pings`)
    /// @param priorities PRIORITY and PRIORITY_UPDATE (`http2.priorities`)
    /// @param empty frames without payload that end nothing, and frames of unknown types (`http2.empty.frames`)
    /// @param windowUpdates WINDOW_UPDATE beyond two for each DATA frame that was sent (`http2.window.updates`)
    public record Rates(int resets, int settings, int pings, int priorities, int empty, int windowUpdates) {
        public static final Rates DEFAULT = new Rates(200, 20, 10_000, 1_000, 100, 1_000);
    }

    public static final Http2Limits DEFAULT = new Http2Limits(128, 256 * 1024, 4 << 20, 10, Rates.DEFAULT, Duration.ofHours(1),
            0);

    public Http2Limits {
        if (streamWindow < Frames.WINDOW_BYTES || connectionWindow < Frames.WINDOW_BYTES) {
            throw new IllegalArgumentException(
                    "windows: " + streamWindow + ", " + connectionWindow + " (expected: >= " + Frames.WINDOW_BYTES + ")");
        }
    }
}
