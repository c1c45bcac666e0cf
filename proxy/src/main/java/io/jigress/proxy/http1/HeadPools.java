package io.jigress.proxy.http1;

import io.jigress.proxy.loop.Loop;

/// The [HeadPool]s of a gateway's event loops, one each.
public final class HeadPools {
    private final HeadPool[] pools;

    /// @param loops how many event loops there are
    public HeadPools(int loops) {
        pools = new HeadPool[loops];
        for (int i = 0; i < loops; i++) {
            pools[i] = new HeadPool();
        }
    }

    /// For that loop's thread only.
    public HeadPool of(Loop loop) {
        return pools[loop.index()];
    }
}
