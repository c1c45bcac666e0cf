package io.jigress.bench.registry;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.api.CuratorWatcher;
import org.apache.curator.retry.RetryForever;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.KeeperException;

/// ZooKeeper in the layout of Spring Cloud, with nodes that do not end with their session.
final class DrivenZooKeeper implements DrivenRegistry {
    private static final int SESSION_MILLIS = 10_000;
    private static final int CONNECT_MILLIS = 3000;
    private static final int RETRY_MILLIS = 100;

    private final CuratorFramework writer;
    private final CuratorFramework bare;
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().factory());
    private final Map<String, Consumer<Set<Integer>>> followers = new ConcurrentHashMap<>();

    DrivenZooKeeper(String server) {
        writer = CuratorFrameworkFactory.newClient(server, SESSION_MILLIS, CONNECT_MILLIS, new RetryOneTime(RETRY_MILLIS));
        bare = CuratorFrameworkFactory.newClient(server, SESSION_MILLIS, CONNECT_MILLIS, new RetryForever(RETRY_MILLIS));
        writer.start();
        bare.start();
        bare.getConnectionStateListenable().addListener((_, state) -> {
            if (state.isConnected()) {
                followers.keySet().forEach(this::list);
            }
        });
    }

    private static String path(String service, int port) {
        return "/services/" + service + "/i" + port;
    }

    @Override
    public void add(String service, int port) throws Exception {
        String data = """
                {"name":"%s","id":"i%d","address":"127.0.0.1","port":%d,"sslPort":null,"payload":{"@class":"any","metadata":{}},
                 "registrationTimeUTC":1,"serviceType":"DYNAMIC"}""".formatted(service, port, port);
        writer.create().orSetData().creatingParentsIfNeeded().forPath(path(service, port), data.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void remove(String service, int port) throws Exception {
        try {
            writer.delete().forPath(path(service, port));
        } catch (KeeperException.NoNodeException _) {
            // It is not registered.
        }
    }

    @Override
    public void follow(String service, Consumer<Set<Integer>> heard) throws Exception {
        writer.createContainers("/services/" + service);
        followers.put(service, heard);
        list(service);
    }

    private void list(String service) {
        try {
            bare.getChildren().usingWatcher((CuratorWatcher) _ -> list(service)).inBackground((_, event) -> {
                List<String> children = event.getChildren();
                Consumer<Set<Integer>> follower = followers.get(service);
                if (event.getResultCode() == KeeperException.Code.OK.intValue() && children != null && follower != null) {
                    follower.accept(
                            children.stream().map(child -> Integer.valueOf(child.substring(1))).collect(Collectors.toSet()));
                } else {
                    // There is no such node yet, or no connection.
                    later.schedule(() -> list(service), RETRY_MILLIS, TimeUnit.MILLISECONDS);
                }
            }).forPath("/services/" + service);
        } catch (Exception e) {
            throw new IllegalStateException(service, e);
        }
    }
}
