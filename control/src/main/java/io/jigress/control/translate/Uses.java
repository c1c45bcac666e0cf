package io.jigress.control.translate;

import io.jigress.config.PersistentMap;
import io.jigress.control.ResourceKey;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The reverse index: the route objects that depend on an object, which need not exist.
final class Uses {

    /// An object, and the objects that depend on it.
    static final class Node {
        final ResourceKey key;
        private PersistentMap<ResourceKey, ResourceKey> users = PersistentMap.empty();

        private Node(ResourceKey key) {
            this.key = key;
        }
    }

    private PersistentMap<ResourceKey, Node> nodes = PersistentMap.empty();

    /// The node of an object; it is in the index once it is passed to [#add].
    Node node(ResourceKey key) {
        Node node = nodes.get(key);
        return node == null ? new Node(key) : node;
    }

    void add(Node wanted, ResourceKey user) {
        Node node = nodes.get(wanted.key);
        if (node == null) {
            node = wanted;
            nodes = nodes.with(node.key, node);
        }
        node.users = node.users.with(user, user);
    }

    void remove(Node wanted, ResourceKey user) {
        Node node = nodes.get(wanted.key);
        if (node != null) {
            node.users = node.users.without(user);
            if (node.users.isEmpty()) {
                nodes = nodes.without(node.key);
            }
        }
    }

    boolean isUsed(ResourceKey key) {
        return nodes.get(key) != null;
    }

    void forEachUser(ResourceKey key, Consumer<ResourceKey> action) {
        @Nullable Node node = nodes.get(key);
        if (node != null) {
            node.users.forEach((user, _) -> action.accept(user));
        }
    }
}
