package io.jigress.control;

import java.util.List;
import java.util.Map;

/// An origin of resources: a folder, a cluster, a registry of configuration.
public interface ResourceSource extends AutoCloseable {

    /// Starts to deliver: first everything there is, in one change, then every change. Returns once the first delivery was made (or its
    /// failure was reported). Deliveries come one at a time on the source's own thread.
    void start(Sink sink);

    @Override
    void close();

    interface Sink {
        /// May block while the reader of changes is behind.
        ///
        /// @param upserts objects that are new or differ
        /// @param deletions objects that are gone from where they were
        /// @param problems replaces all problems of this source that stand under the keys given here; an empty list clears one
        void changed(List<Resource> upserts, List<Deletion> deletions, Map<ResourceKey, List<Problem>> problems);
    }

    /// An object that is gone from one place; the same object may still stand in another.
    ///
    /// @param source as in [Resource#source]
    record Deletion(ResourceKey key, String source) {}
}
