package io.jigress.proxy.http2;

import io.jigress.proxy.loop.Loop;

/// What the HTTP/2 connections of each event loop share.
public final class Http2Pools {
    private final Http2Pool[] pools;

    /// @param loops how many event loops there are
    public Http2Pools(int loops) {
        pools = new Http2Pool[loops];
        for (int i = 0; i < loops; i++) {
            pools[i] = new Http2Pool();
        }
    }

    /// For that loop's thread only.
    Http2Pool of(Loop loop) {
        return pools[loop.index()];
    }
}
