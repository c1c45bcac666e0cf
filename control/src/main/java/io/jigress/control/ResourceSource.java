package io.jigress.control;

import java.util.List;
import java.util.Map;
import java.util.Set;

/// An origin of resources: a folder, a cluster, a registry of configuration.
public interface ResourceSource extends AutoCloseable {

    /// Starts to deliver: first all objects, in one change, then every change. Returns once the first delivery was made (or its failure was
    /// reported). Deliveries are made one at a time on the source's own thread.
    void start(Sink sink);

    /// Passes the statuses of this source's objects; called before [#start]. A source whose objects have a status writes them back from a thread
    /// of its own; other sources ignore them.
    default void statuses(StatusFlow flow) {}

    /// Passes the objects that others refer to, after each change of them. For sources that do not read all objects by themselves: of a cluster's
    /// Secrets only those with certificates are read. Must not wait for the sink.
    default void references(Set<ResourceKey> keys) {}

    @Override
    void close();

    interface Sink {
        /// May block while earlier deliveries are being processed.
        ///
        /// @param upserts objects that are new or changed
        /// @param deletions objects that were removed from their place
        /// @param problems replaces all problems of this source under the keys given here; an empty list clears a key
        void changed(List<Resource> upserts, List<Deletion> deletions, Map<ResourceKey, List<Problem>> problems);

        /// As [#changed], after a gap (a relist, a reconnect): the objects are the complete set of some kinds. Objects of these kinds that this
        /// source delivered before and that are not among them are deleted.
        ///
        /// @param scopes what the set is complete for
        default void replaced(List<Scope> scopes, List<Resource> resources, Map<ResourceKey, List<Problem>> problems) {
            throw new UnsupportedOperationException("this sink takes changes only");
        }
    }

    /// An object that was removed from one place; the same object may still exist in another.
    ///
    /// @param source as in [Resource#source]
    record Deletion(ResourceKey key, String source) {}

    /// The scope of a complete set: all objects of the source, or those of one kind.
    ///
    /// @param group of the kind; empty without a kind
    /// @param kind empty for all kinds
    record Scope(String group, String kind) {
        public static final Scope EVERYTHING = new Scope("", "");

        public boolean covers(ResourceKey key) {
            return kind.isEmpty() || (kind.equals(key.kind()) && group.equals(key.group()));
        }
    }
}
