package io.jigress.app.market;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Fetches what indexes consist of and name. Slow; for several threads.
interface Downloads {

    /// @param url `file:///…`, `http://…` or `https://…`
    /// @param sha256 that the file must have; null for any
    /// @param what the limit is for
    /// @throws IOException with a message that continues a sentence whose subject is the URL: `has 70000000 bytes (expected: …)`
    byte[] get(String url, @Nullable String sha256, Wanted what) throws IOException;

    /// What is fetched, and the most bytes that are accepted.
    enum Wanted {
        INDEX(4 << 20), MODULE(64 << 20);

        final int bytes;

        Wanted(int bytes) {
            this.bytes = bytes;
        }
    }
}
