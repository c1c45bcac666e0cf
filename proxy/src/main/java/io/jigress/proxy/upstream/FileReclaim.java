package io.jigress.proxy.upstream;

/// Asks the other event loops, one after another, to close an idle connection when the process has no file left for one of an
/// [EndpointPool]. Event loop only.
final class FileReclaim {
    private final EndpointPool pool;
    private final ConnectionPools pools;
    /// Whether an event loop was asked and has not answered.
    private boolean asking;
    /// How many event loops have been asked since a file was last found.
    private int asked;

    FileReclaim(EndpointPool pool, ConnectionPools pools) {
        this.pool = pool;
        this.pools = pools;
    }

    /// Asks the next event loop that has an idle connection, unless the answer of one is awaited.
    ///
    /// @return false when no event loop is left to ask; the next call begins with the first again
    boolean ask() {
        while (!asking && asked < pools.files().loops().size()) {
            ConnectionPools other = pools.files().loops().get(asked);
            asked++;
            if (other != pools && other.idle() > 0) {
                asking = true;
                other.reclaimFor(pool);
            }
        }
        if (!asking) {
            asked = 0;
        }
        return asking;
    }

    /// The event loop that was asked has answered.
    ///
    /// @param closed whether it has closed a connection; it is asked again if another pool has taken the file of that
    void answered(boolean closed) {
        asking = false;
        if (closed) {
            asked--;
        }
    }

    void fileFound() {
        asked = 0;
    }
}
