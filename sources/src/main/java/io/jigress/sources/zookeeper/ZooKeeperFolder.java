package io.jigress.sources.zookeeper;

import io.jigress.control.RegistryService;
import io.jigress.sources.registry.Instance;
import io.jigress.sources.registry.RegistryClient.Listener;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.BackgroundCallback;
import org.apache.curator.framework.api.CuratorEvent;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The folder of one service.
final class ZooKeeperFolder {
    private static final Logger log = LoggerFactory.getLogger(ZooKeeperFolder.class);

    private final ZooKeeperTree tree;
    private final RegistryService service;
    private final Listener listener;
    private final ZooKeeperLayout layout;
    private final String path;
    private final Watcher watcher = this::happened;
    /// The instance of each node; null for a node that is not an instance of the service. Guarded by this, as are the following fields.
    private final Map<String, @Nullable Instance> known = new TreeMap<>();
    /// Nodes that are being read.
    private final Set<String> awaited = new HashSet<>();
    private boolean ended;
    private boolean reading;
    private boolean again;
    private boolean waiting;
    /// Whether the children were listed on the present connection.
    private boolean complete;

    /// @param root of all services of this layout
    ZooKeeperFolder(ZooKeeperTree tree, RegistryService service, ZooKeeperLayout layout, String root, Listener listener) {
        this.tree = tree;
        this.service = service;
        this.listener = listener;
        this.layout = layout;
        this.path = layout.folder(root, service);
    }

    private interface BackgroundCall {
        void make(BackgroundCallback callback) throws Exception;
    }

    /// After a new connection: watches are lost, and the data may be outdated.
    void readAgain() {
        synchronized (this) {
            reading = false;
            again = false;
            complete = false;
            known.clear();
            awaited.clear();
        }
        read();
    }

    void read() {
        synchronized (this) {
            if (ended) {
                return;
            }
            if (reading) {
                again = true;
                return;
            }
            reading = true;
        }
        call(callback -> tree.curator().getChildren().usingWatcher(watcher).inBackground(callback).forPath(path), this::listed);
    }

    private void call(BackgroundCall call, BackgroundCallback callback) {
        try {
            call.make(callback);
        } catch (Exception e) {
            // Not connected yet, closed, or a path that ZooKeeper does not accept.
            failed(String.valueOf(e.getMessage()));
        }
    }

    private void happened(WatchedEvent event) {
        switch (event.getType()) {
            case NodeDataChanged -> readNode(event.getPath().substring(event.getPath().lastIndexOf('/') + 1));
            case NodeCreated, NodeChildrenChanged -> read();
            case NodeDeleted -> {
                // Changes of an instance are reported by the watch of its folder; those of the folder itself only here.
                if (event.getPath().equals(path)) {
                    read();
                }
            }
            case None, DataWatchRemoved, ChildWatchRemoved, PersistentWatchRemoved -> {}
        }
    }

    private void listed(CuratorFramework client, CuratorEvent event) {
        Code code = Code.get(event.getResultCode());
        boolean once;
        List<String> unread = new ArrayList<>();
        synchronized (this) {
            reading = false;
            once = again;
            again = false;
            if (ended) {
                return;
            }
            complete |= code == Code.OK || code == Code.NONODE;
            if (code == Code.OK) {
                known.keySet().retainAll(Set.copyOf(event.getChildren()));
                awaited.retainAll(Set.copyOf(event.getChildren()));
                for (String child : event.getChildren()) {
                    if (!layout.readsData()) {
                        known.put(child, layout.read(service, child, new byte[0]));
                    } else if (!known.containsKey(child) && awaited.add(child)) {
                        unread.add(child);
                    }
                }
            } else if (code == Code.NONODE) {
                known.clear();
                awaited.clear();
            }
        }
        switch (code) {
            case OK -> {
                unread.forEach(this::readNode);
                passOn();
            }
            case NONODE -> {
                passOn();
                // Its watch reports when it is created.
                call(callback -> tree.curator().checkExists().usingWatcher(watcher).inBackground(callback).forPath(path),
                        (_, exists) -> {
                            if (exists.getResultCode() == Code.OK.intValue()) {
                                read();
                            }
                        });
            }
            case null, default -> failed(words(code));
        }
        if (once) {
            read();
        }
    }

    private void readNode(String child) {
        synchronized (this) {
            if (ended) {
                return;
            }
            awaited.add(child);
        }
        call(callback -> tree.curator().getData().usingWatcher(watcher).inBackground(callback).forPath(path + "/" + child),
                (_, event) -> read(child, event));
    }

    private void read(String child, CuratorEvent event) {
        Code code = Code.get(event.getResultCode());
        synchronized (this) {
            awaited.remove(child);
            if (ended) {
                return;
            }
            if (code == Code.OK) {
                known.put(child, layout.read(service, child, event.getData()));
            } else if (code == Code.NONODE) {
                known.remove(child);
            }
        }
        if (code == Code.OK || code == Code.NONODE) {
            passOn();
        } else {
            failed(words(code));
        }
    }

    private static String words(@Nullable Code code) {
        return code == null ? "unknown error" : String.valueOf(KeeperException.create(code).getMessage());
    }

    /// Only when no read is pending any more: an incomplete list would remove instances for a moment.
    private synchronized void passOn() {
        if (ended || !complete || !awaited.isEmpty()) {
            return;
        }
        List<Instance> instances = new ArrayList<>();
        known.values().forEach(instance -> {
            if (instance != null) {
                instances.add(instance);
            }
        });
        listener.instances(instances);
    }

    private void failed(String why) {
        synchronized (this) {
            reading = false;
            if (ended || waiting) {
                return;
            }
            waiting = true;
        }
        listener.failed(why);
        tree.retry(() -> {
            synchronized (this) {
                waiting = false;
            }
            if (tree.connected()) {
                readAgain();
            }
        });
    }

    void end() {
        synchronized (this) {
            ended = true;
        }
        try {
            tree.curator().watchers().remove(watcher).inBackground().forPath(path);
        } catch (Exception e) {
            log.debug("watches of {}", path, e);
        }
    }
}
