package io.jigress.sources.zookeeper;

import io.jigress.control.RegistryService;
import io.jigress.control.RegistrySettings;
import io.jigress.sources.registry.Instance;
import io.jigress.sources.registry.RegistryClient;
import io.jigress.sources.registry.RegistryText;
import io.jigress.sources.registry.RegistryTls;
import io.jigress.sources.registry.TlsFiles;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.api.BackgroundCallback;
import org.apache.curator.framework.api.CuratorEvent;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.client.ZKClientConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows services in a ZooKeeper tree: the children of a service's node are its instances.
///
/// Uses one-shot watches on the parent node and, where nodes hold data, on each node. They are set again by each read, and everything is read
/// again after a lost connection. All calls are asynchronous; their results arrive on the library's event thread. The data of each known node
/// is kept, since the server reports only that something changed.
public final class ZooKeeperRegistryClient implements RegistryClient {
    private static final Logger log = LoggerFactory.getLogger(ZooKeeperRegistryClient.class);

    private static final int SESSION_MILLIS = 30_000;
    private static final int CONNECT_MILLIS = 5_000;
    private static final Duration RETRY = Duration.ofSeconds(2);

    private static final String SERVICES = "/services";
    private static final String DUBBO = "/dubbo";

    private final String word;
    private final String root;
    private final List<String> servers;
    private final @Nullable TlsFiles tls;
    private final CuratorFramework curator;
    private final ScheduledExecutorService timer;
    /// Guarded by this.
    private final Map<RegistryService, Folder> folders = new HashMap<>();
    /// Guarded by this.
    private final Map<RegistryText, Node> nodes = new HashMap<>();
    private volatile boolean connected;
    private volatile String error = "";

    /// Opens a client; see [RegistryClient.Factory].
    public static RegistryClient open(RegistrySettings settings) {
        ZooKeeperRegistryClient client = new ZooKeeperRegistryClient(settings);
        client.start();
        return client;
    }

    private ZooKeeperRegistryClient(RegistrySettings settings) {
        word = settings.registry().option("layout");
        root = settings.registry().option("root");
        servers = settings.registry().servers();
        tls = RegistryTls.context(settings) == null ? null : new TlsFiles(settings.credentials());
        CuratorFrameworkFactory.Builder builder = CuratorFrameworkFactory.builder().connectString(String.join(",", servers))
                .sessionTimeoutMs(SESSION_MILLIS).connectionTimeoutMs(CONNECT_MILLIS).retryPolicy(new RetryOneTime(500))
                .dontUseContainerParents()
                .threadFactory(Thread.ofPlatform().name("zookeeper-" + servers.getFirst() + "-", 0).daemon().factory());
        if (!settings.credential("username").isEmpty()) {
            builder.authorization("digest",
                    (settings.credential("username") + ":" + settings.credential("password")).getBytes(StandardCharsets.UTF_8));
        }
        curator = (tls == null ? builder : builder.zkClientConfig(secured(tls))).build();
        timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("zookeeper-" + servers.getFirst() + "-timer").daemon().factory());
    }

    /// TLS needs the library's connections by Netty.
    private static ZKClientConfig secured(TlsFiles tls) {
        ZKClientConfig config = new ZKClientConfig();
        config.setProperty(ZKClientConfig.SECURE_CLIENT, "true");
        config.setProperty(ZKClientConfig.ZOOKEEPER_CLIENT_CNXN_SOCKET, "org.apache.zookeeper.ClientCnxnSocketNetty");
        config.setProperty("zookeeper.ssl.trustStore.location", tls.authorities().toString());
        if (tls.identity() != null) {
            config.setProperty("zookeeper.ssl.keyStore.location", String.valueOf(tls.identity()));
        }
        return config;
    }

    private void start() {
        curator.getConnectionStateListenable().addListener((_, state) -> changed(state));
        curator.getUnhandledErrorListenable().addListener((message, fault) -> log.debug("{}", message, fault));
        curator.start();
        after(Duration.ofMillis(CONNECT_MILLIS), () -> {
            if (!connected && error.isEmpty()) {
                error = "no connection to " + String.join(", ", servers);
            }
        });
    }

    private void changed(ConnectionState state) {
        connected = state.isConnected();
        error = connected
                ? ""
                : "the connection to " + String.join(", ", servers) + " is " + state.name().toLowerCase(java.util.Locale.ROOT);
        if (connected) {
            List<Folder> all;
            List<Node> texts;
            synchronized (this) {
                all = List.copyOf(folders.values());
                texts = List.copyOf(nodes.values());
            }
            all.forEach(Folder::readAgain);
            texts.forEach(Node::read);
        }
    }

    /// The root of all services of a layout: the Registry's if it has this layout, else the default.
    private String root(ZooKeeperLayout layout) {
        if (layout == ZooKeeperLayout.of(word)) {
            return root;
        }
        return layout == ZooKeeperLayout.DUBBO ? DUBBO : SERVICES;
    }

    private void after(Duration delay, Runnable task) {
        try {
            timer.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException _) {
            // Closed.
        }
    }

    @Override
    public void follow(RegistryService service, Listener listener) {
        Folder folder = new Folder(service, listener);
        synchronized (this) {
            folders.put(service, folder);
        }
        folder.read();
    }

    @Override
    public void unfollow(RegistryService service) {
        Folder folder;
        synchronized (this) {
            folder = folders.remove(service);
        }
        if (folder != null) {
            folder.end();
        }
    }

    @Override
    public void followText(RegistryText text, Consumer<String> listener) {
        String dubbo = root(ZooKeeperLayout.DUBBO);
        Node node = new Node(switch (text.kind()) {
            case MAPPING -> dubbo + "/mapping/" + text.service();
            case DEFINITION -> dubbo + "/metadata/" + text.service() + part(text.version()) + part(text.group()) + "/provider/"
                    + text.application();
        }, listener);
        synchronized (this) {
            nodes.put(text, node);
        }
        node.read();
    }

    private static String part(String text) {
        return text.isEmpty() ? "" : "/" + text;
    }

    @Override
    public void unfollowText(RegistryText text) {
        Node node;
        synchronized (this) {
            node = nodes.remove(text);
        }
        if (node != null) {
            node.end();
        }
    }

    @Override
    public State state() {
        return new State(connected, error);
    }

    /// Does not wait: the library closes the session on the timer's thread.
    @Override
    public void close() {
        List<Folder> all;
        synchronized (this) {
            all = List.copyOf(folders.values());
            folders.clear();
            nodes.clear();
        }
        all.forEach(Folder::end);
        timer.execute(() -> {
            curator.close();
            if (tls != null) {
                tls.close();
            }
        });
        timer.shutdown();
    }

    private interface BackgroundCall {
        void make(BackgroundCallback callback) throws Exception;
    }

    /// A node whose data is a text.
    private final class Node {
        private final String path;
        private final Consumer<String> listener;
        private final Watcher watcher = this::happened;
        private volatile boolean ended;
        /// Whether the listener was called with a text, which is kept when the server does not respond.
        private volatile boolean told;

        Node(String path, Consumer<String> listener) {
            this.path = path;
            this.listener = listener;
        }

        void read() {
            attempt(() -> curator.getData().usingWatcher(watcher).inBackground(this::arrived).forPath(path));
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
                    attempt(() -> curator.checkExists().usingWatcher(watcher).inBackground((_, exists) -> {
                        if (exists.getResultCode() == Code.OK.intValue()) {
                            read();
                        }
                    }).forPath(path));
                }
                case null, default -> {
                    failed();
                    after(RETRY, this::read);
                }
            }
        }

        void end() {
            ended = true;
            try {
                curator.watchers().remove(watcher).inBackground().forPath(path);
            } catch (Exception e) {
                log.debug("the watch of {}", path, e);
            }
        }
    }

    /// The folder of one service.
    private final class Folder {
        private final RegistryService service;
        private final Listener listener;
        private final ZooKeeperLayout layout;
        private final String path;
        private final Watcher watcher = this::happened;
        /// The instance of each node; null for a node that is not an instance of the service. Guarded by this, as are the following fields.
        private final Map<String, @Nullable Instance> known = new TreeMap<>();
        /// Nodes that are being read.
        private final Set<String> awaited = new java.util.HashSet<>();
        private boolean ended;
        private boolean reading;
        private boolean again;
        private boolean waiting;
        /// Whether the children were listed on the present connection.
        private boolean complete;

        Folder(RegistryService service, Listener listener) {
            this.service = service;
            this.listener = listener;
            this.layout = ZooKeeperLayout.of(word, service);
            this.path = layout.folder(root(layout), service);
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
            call(callback -> curator.getChildren().usingWatcher(watcher).inBackground(callback).forPath(path), this::listed);
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
                    call(callback -> curator.checkExists().usingWatcher(watcher).inBackground(callback).forPath(path),
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
            call(callback -> curator.getData().usingWatcher(watcher).inBackground(callback).forPath(path + "/" + child),
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
            after(RETRY, () -> {
                synchronized (this) {
                    waiting = false;
                }
                if (connected) {
                    readAgain();
                }
            });
        }

        void end() {
            synchronized (this) {
                ended = true;
            }
            try {
                curator.watchers().remove(watcher).inBackground().forPath(path);
            } catch (Exception e) {
                log.debug("watches of {}", path, e);
            }
        }
    }
}
