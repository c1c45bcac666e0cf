package io.jigress.control;

import java.util.Map;
import java.util.List;

/// An origin of resources: a folder, a cluster, a registry of configuration.
public interface ResourceSource extends AutoCloseable {

    /// Starts to deliver: first everything there is, in one change, then every change. Returns once the first delivery was made (or its
    /// failure was reported). Deliveries come one at a time on the source's own thread.
    void start(Sink sink);

    @Override
    void close();

    interface Sink {
        /// @param upserts objects that are new or differ
        /// @param deletes keys of objects that are gone
        /// @param problems replaces all problems of this source that stand under the keys given here; an empty list clears one
        void changed(List<Resource> upserts, List<ResourceKey> deletes, Map<ResourceKey, List<Problem>> problems);
    }
}
