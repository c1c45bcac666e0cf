package io.jigress.sources.zookeeper;

import io.jigress.control.RegistryService;
import io.jigress.control.RegistrySettings;
import io.jigress.sources.registry.RegistryClient;
import io.jigress.sources.registry.RegistryText;
import io.jigress.sources.registry.RegistryTls;
import io.jigress.sources.registry.TlsFiles;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryOneTime;
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

    /// The library waits as long for the answer to an attempt to connect, also when a server that just begins or ends has lost the question. No node
    /// belongs to the session, so nothing is lost when it ends.
    private static final int SESSION_MILLIS = 6_000;
    private static final int CONNECT_MILLIS = 3_000;

    private static final String SERVICES = "/services";
    private static final String DUBBO = "/dubbo";

    private final String word;
    private final String root;
    private final List<String> servers;
    private final @Nullable TlsFiles tls;
    private final CuratorFramework curator;
    private final ScheduledExecutorService timer;
    private final ZooKeeperTree tree;
    /// Guarded by this.
    private final Map<RegistryService, ZooKeeperFolder> folders = new HashMap<>();
    /// Guarded by this.
    private final Map<RegistryText, ZooKeeperText> nodes = new HashMap<>();
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
        tree = new ZooKeeperTree(curator, timer);
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
        tree.after(Duration.ofMillis(CONNECT_MILLIS), () -> {
            if (!tree.connected() && error.isEmpty()) {
                error = "no connection to " + String.join(", ", servers);
            }
        });
    }

    private void changed(ConnectionState state) {
        boolean connected = state.isConnected();
        tree.connected(connected);
        error = connected
                ? ""
                : "the connection to " + String.join(", ", servers) + " is " + state.name().toLowerCase(java.util.Locale.ROOT);
        if (connected) {
            List<ZooKeeperFolder> all;
            List<ZooKeeperText> texts;
            synchronized (this) {
                all = List.copyOf(folders.values());
                texts = List.copyOf(nodes.values());
            }
            all.forEach(ZooKeeperFolder::readAgain);
            texts.forEach(ZooKeeperText::read);
        }
    }

    /// The root of all services of a layout: the Registry's if it has this layout, else the default.
    private String root(ZooKeeperLayout layout) {
        if (layout == ZooKeeperLayout.of(word)) {
            return root;
        }
        return layout == ZooKeeperLayout.DUBBO ? DUBBO : SERVICES;
    }

    @Override
    public void follow(RegistryService service, Listener listener) {
        ZooKeeperLayout layout = ZooKeeperLayout.of(word, service);
        ZooKeeperFolder folder = new ZooKeeperFolder(tree, service, layout, root(layout), listener);
        synchronized (this) {
            folders.put(service, folder);
        }
        folder.read();
    }

    @Override
    public void unfollow(RegistryService service) {
        ZooKeeperFolder folder;
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
        ZooKeeperText node = new ZooKeeperText(tree, switch (text.kind()) {
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
        ZooKeeperText node;
        synchronized (this) {
            node = nodes.remove(text);
        }
        if (node != null) {
            node.end();
        }
    }

    @Override
    public State state() {
        return new State(tree.connected(), error);
    }

    /// Does not wait: the library closes the session on the timer's thread.
    @Override
    public void close() {
        List<ZooKeeperFolder> all;
        synchronized (this) {
            all = List.copyOf(folders.values());
            folders.clear();
            nodes.clear();
        }
        all.forEach(ZooKeeperFolder::end);
        timer.execute(() -> {
            curator.close();
            if (tls != null) {
                tls.close();
            }
        });
        timer.shutdown();
    }
}
