package io.jigress.control;

import java.util.List;
import java.util.Map;
import java.util.Set;

/// An origin of resources: a folder, a cluster, a registry of configuration.
public interface ResourceSource extends AutoCloseable {

    /// Starts to deliver: first everything there is, in one change, then every change. Returns once the first delivery was made (or its
    /// failure was reported). Deliveries come one at a time on the source's own thread.
    void start(Sink sink);

    /// Hands over the statuses of this source's objects, before [#start]. A source whose objects have statuses of their own writes them back
    /// from a thread of its own; others ignore them.
    default void statuses(StatusFlow flow) {}

    /// Tells which objects others refer to, after each change of that. For sources that do not read all objects by themselves: of a cluster's
    /// Secrets only those with certificates. Never waits for the sink.
    default void references(Set<ResourceKey> keys) {}

    @Override
    void close();

    interface Sink {
        /// May block while the reader of changes is behind.
        ///
        /// @param upserts objects that are new or differ
        /// @param deletions objects that are gone from where they were
        /// @param problems replaces all problems of this source that stand under the keys given here; an empty list clears one
        void changed(List<Resource> upserts, List<Deletion> deletions, Map<ResourceKey, List<Problem>> problems);

        /// As [#changed], after a gap in what the source heard (a relist, a reconnect): the objects are the whole set of some kinds. Objects of
        /// these kinds that this source delivered before and that are not among them are deleted.
        ///
        /// @param scopes what the set speaks for
        default void replaced(List<Scope> scopes, List<Resource> resources, Map<ResourceKey, List<Problem>> problems) {
            throw new UnsupportedOperationException("this sink takes changes only");
        }
    }

    /// An object that is gone from one place; the same object may still stand in another.
    ///
    /// @param source as in [Resource#source]
    record Deletion(ResourceKey key, String source) {}

    /// The objects that a whole set speaks for: all of the source, or those of one kind.
    ///
    /// @param group of the kind; only with a kind
    /// @param kind empty for all kinds
    record Scope(String group, String kind) {
        public static final Scope EVERYTHING = new Scope("", "");

        public boolean covers(ResourceKey key) {
            return kind.isEmpty() || (kind.equals(key.kind()) && group.equals(key.group()));
        }
    }
}
