package io.jigress.sources.zookeeper;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.CuratorEvent;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A node whose data is a text, which is followed.
final class ZooKeeperText {
    private static final Logger log = LoggerFactory.getLogger(ZooKeeperText.class);

    private final ZooKeeperTree tree;
    private final String path;
    private final Consumer<String> listener;
    private final Watcher watcher = this::happened;
    private volatile boolean ended;
    /// Whether the listener was called with a text, which is kept when the server does not respond.
    private volatile boolean told;

    ZooKeeperText(ZooKeeperTree tree, String path, Consumer<String> listener) {
        this.tree = tree;
        this.path = path;
        this.listener = listener;
    }

    void read() {
        attempt(() -> tree.curator().getData().usingWatcher(watcher).inBackground(this::arrived).forPath(path));
    }

    private void attempt(Callable<?> call) {
        if (ended) {
            return;
        }
        try {
            call.call();
        } catch (Exception e) {
            // Not connected yet, closed, or a path that ZooKeeper does not accept.
            failed();
        }
    }

    private void tell(String text) {
        told = true;
        listener.accept(text);
    }

    private void failed() {
        if (!told) {
            tell("");
        }
    }

    private void happened(WatchedEvent event) {
        if (event.getType() != Watcher.Event.EventType.None) {
            read();
        }
    }

    private void arrived(CuratorFramework client, CuratorEvent event) {
        if (ended) {
            return;
        }
        switch (Code.get(event.getResultCode())) {
            case OK -> tell(event.getData() == null ? "" : new String(event.getData(), StandardCharsets.UTF_8));
            case NONODE -> {
                tell("");
                // The watch reports when it is created.
                attempt(() -> tree.curator().checkExists().usingWatcher(watcher).inBackground((_, exists) -> {
                    if (exists.getResultCode() == Code.OK.intValue()) {
                        read();
                    }
                }).forPath(path));
            }
            case null, default -> {
                failed();
                tree.retry(this::read);
            }
        }
    }

    void end() {
        ended = true;
        try {
            tree.curator().watchers().remove(watcher).inBackground().forPath(path);
        } catch (Exception e) {
            log.debug("the watch of {}", path, e);
        }
    }
}
