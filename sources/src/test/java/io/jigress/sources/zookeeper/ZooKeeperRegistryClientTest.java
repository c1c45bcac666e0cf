package io.jigress.sources.zookeeper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import io.jigress.control.RegistryService;
import io.jigress.control.RegistrySettings;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Registry;
import io.jigress.sources.registry.HeardLists;
import io.jigress.sources.registry.Instance;
import io.jigress.sources.registry.RegistryClient;
import io.jigress.sources.registry.RegistryDirectory;
import io.jigress.sources.registry.RegistryText;
import io.jigress.sources.registry.SavedEndpoints;
import io.jigress.testkit.Poll;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.test.TestingServer;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The client against a real ZooKeeper server.
class ZooKeeperRegistryClientTest {
    private final HeardLists heard = new HeardLists();
    private TestingServer server;
    private CuratorFramework services;
    private RegistryClient client;

    @BeforeEach
    void start() throws Exception {
        server = new TestingServer();
        services = CuratorFrameworkFactory.newClient(server.getConnectString(), new RetryOneTime(100));
        services.start();
    }

    @AfterEach
    void stop() throws Exception {
        if (client != null) {
            client.close();
        }
        services.close();
        server.close();
    }

    private void open(String layout, String root, Map<String, String> credentials) {
        client = ZooKeeperRegistryClient.open(settings(layout, root, credentials));
    }

    private RegistrySettings settings(String layout, String root, Map<String, String> credentials) {
        Registry registry = new Registry(Registry.Type.ZOOKEEPER, List.of(server.getConnectString()), "",
                Map.of("layout", layout, "root", root), true);
        return new RegistrySettings(registry, "a.yaml", credentials, "");
    }

    private static RegistryService service(String name, Map<String, String> parameters) {
        return RegistryService.of(Kinds.registry("default", "zoo"), name, parameters);
    }

    private void put(String path, String data) throws Exception {
        services.create().orSetData().creatingParentsIfNeeded().forPath(path, data.getBytes(UTF_8));
    }

    private static String spring(String address, int port, String metadata) {
        return """
                {"name":"orders","id":"x","address":"%s","port":%d,"sslPort":null,"payload":{"@class":"any","metadata":%s},
                 "registrationTimeUTC":1,"serviceType":"DYNAMIC"}""".formatted(address, port, metadata);
    }

    @Test
    void instancesOfSpringCloudComeChangeAndGo() throws Exception {
        open("springCloud", "/services", Map.of());
        RegistryService orders = service("orders", Map.of());
        client.follow(orders, heard);
        heard.awaitAddresses();
        put("/services/orders/1", spring("10.0.0.1", 80, "{\"version\":\"v1\",\"zone\":\"a\"}"));
        assertThat(heard.awaitAddresses("10.0.0.1:80")).containsExactly(
                new Instance("10.0.0.1", 80, 1, true, true, "a", Map.of("version", "v1", "zone", "a")));
        put("/services/orders/2", spring("10.0.0.2", 80, "{}"));
        heard.awaitAddresses("10.0.0.1:80", "10.0.0.2:80");
        put("/services/orders/2", spring("10.0.0.2", 80, "{\"instance_status\":\"OUT_OF_SERVICE\"}"));
        heard.await(list -> list.stream().anyMatch(instance -> !instance.enabled()));
        services.delete().forPath("/services/orders/1");
        heard.awaitAddresses("10.0.0.2:80");
        put("/services/orders/3", "not json");
        heard.awaitAddresses("10.0.0.2:80", "3:0");

        client.unfollow(orders);
        HeardLists again = new HeardLists();
        client.follow(orders, again);
        again.awaitAddresses("10.0.0.2:80", "3:0");
    }

    @Test
    void providersOfADubboInterfaceAreThoseOfItsGroupAndVersion() throws Exception {
        open("dubbo", "/dubbo", Map.of());
        String root = "/dubbo/com.example.Orders/providers/";
        client.follow(service("com.example.Orders", Map.of("group", "g", "version", "1.0.0")), heard);
        put(root + URLEncoder.encode("tri://10.0.0.1:50051/com.example.Orders?group=g&version=1.0.0&weight=50&side=provider",
                UTF_8), "");
        put(root + URLEncoder.encode("tri://10.0.0.2:50051/com.example.Orders?group=other&version=1.0.0", UTF_8), "");
        put(root + URLEncoder.encode("dubbo://10.0.0.3:20880/com.example.Orders?group=g&version=1.0.0&disabled=true", UTF_8), "");
        List<Instance> list = heard.awaitAddresses("10.0.0.1:50051", "10.0.0.3:20880");
        assertThat(list).anySatisfy(instance -> {
            assertThat(instance.address()).isEqualTo("10.0.0.1");
            assertThat(instance.weight()).isEqualTo(50);
        }).anySatisfy(instance -> assertThat(instance.enabled()).isFalse());
    }

    @Test
    void aServerThatWasAwayIsFollowedAgain() throws Exception {
        open("springCloud", "/services", Map.of());
        put("/services/orders/1", spring("10.0.0.1", 80, "{}"));
        client.follow(service("orders", Map.of()), heard);
        heard.awaitAddresses("10.0.0.1:80");
        assertThat(client.state().connected()).isTrue();
        int lists = heard.size();
        server.stop();
        while (client.state().connected() || client.state().error().isEmpty()) {
            Poll.pause();
        }
        assertThat(client.state().error()).contains(server.getConnectString());
        assertThat(heard.size()).as("an outage is no news of instances").isEqualTo(lists);
        server.restart();
        put("/services/orders/2", spring("10.0.0.2", 80, "{}"));
        heard.awaitAddresses("10.0.0.1:80", "10.0.0.2:80");
        assertThat(client.state().error()).isEmpty();
    }

    @Test
    void aFolderThatIsProtectedIsReadWithALoginOnly() throws Exception {
        put("/services", "");
        services.create()
                .withACL(
                        List.of(new ACL(ZooDefs.Perms.ALL, new Id("digest", DigestAuthenticationProvider.generateDigest("u:p")))))
                .forPath("/services/orders", new byte[0]);
        open("springCloud", "/services", Map.of());
        client.follow(service("orders", Map.of()), heard);
        assertThat(heard.awaitFailure()).contains("NoAuth");
        client.close();

        HeardLists refused = new HeardLists();
        open("springCloud", "/services", Map.of("username", "u", "password", "wrong"));
        client.follow(service("orders", Map.of()), refused);
        assertThat(refused.awaitFailure()).contains("NoAuth");
        client.close();

        HeardLists known = new HeardLists();
        open("springCloud", "/services", Map.of("username", "u", "password", "p"));
        client.follow(service("orders", Map.of()), known);
        known.awaitAddresses();
    }

    /// The server keeps whatever programs write into its nodes.
    @Test
    void instancesThatCannotBeUsedAreLeftOutAndShownAndTheOthersAreUsed() throws Exception {
        Map<String, String> nodes = Map.ofEntries(Map.entry("1-good", spring("10.0.0.1", 80, "{}")),
                Map.entry("2-again", spring("10.0.0.1", 80, "{}")), Map.entry("3-ipv6", spring("2001:db8::1", 80, "{}")),
                Map.entry("4-name", spring("orders.example", 80, "{}")), Map.entry("5-port", spring("10.0.0.5", 0, "{}")),
                Map.entry("6-port", spring("10.0.0.6", 65_536, "{}")),
                Map.entry("7-nan", spring("10.0.0.7", 80, "{\"weight\":\"NaN\"}")),
                Map.entry("8-negative", spring("10.0.0.8", 80, "{\"weight\":\"-1\"}")),
                Map.entry("9-resting", spring("10.0.0.9", 80, "{\"weight\":\"0\"}")),
                Map.entry("a-large", spring("10.0.0.10", 80, "{\"a\":\"" + "x".repeat(1_000_000) + "\"}")),
                Map.entry("b-garbage", "\u0000{"), Map.entry("c-empty", ""));
        for (Map.Entry<String, String> node : nodes.entrySet()) {
            put("/services/orders/" + node.getKey(), node.getValue());
        }
        RegistryService orders = service("orders", Map.of());
        BlockingQueue<Endpoints> told = new LinkedBlockingQueue<>();
        try (RegistryDirectory directory = new RegistryDirectory(Map.of(Registry.Type.ZOOKEEPER, ZooKeeperRegistryClient::open),
                Duration.ofMinutes(10), SavedEndpoints.NONE)) {
            directory.configure(Kinds.registry("default", "zoo"), settings("springCloud", "/services", Map.of()));
            directory.watch(new EndpointRef.Named(RegistryService.DIRECTORY, orders.text()), told::add);
            Endpoints list;
            do {
                list = told.poll(20, TimeUnit.SECONDS);
                assertThat(list).isNotNull();
            } while (!list.known());
            assertThat(list.endpoints()).extracting(Endpoint::address, Endpoint::weight).containsExactly(tuple("10.0.0.1", 1),
                    tuple("2001:db8::1", 1), tuple("10.0.0.9", 0), tuple("10.0.0.10", 1));
            String shown;
            do {
                Thread.sleep(1); // It is shown after the listeners were told.
                shown = String.valueOf(directory.json(orders.text()));
            } while (shown.contains("\"state\":\"waiting\""));
            assertThat(shown).contains("10.0.0.1:80 is listed twice",
                    "orders.example:80 its address is not an IP address", "10.0.0.5:0 its port is not from 1 to 65535",
                    "10.0.0.6:65536 its port", "10.0.0.7:80 its weight is NaN", "10.0.0.8:80 its weight is -1",
                    "10.0.0.10:80 its metadata is larger than 16384 characters", "b-garbage:0 its address");
        }
    }

    @Test
    void aDubboServiceFollowsProvidersOfItsVersionGroupAndProtocolWhateverTheLayoutIs() throws Exception {
        open("springCloud", "/services", Map.of());
        client.follow(service("com.acme.Orders", Map.of("dubbo", "interface", "version", "1.0.0")), heard);
        for (String url : List.of("tri://10.0.0.2:20880/com.acme.Orders?version=1.0.0",
                "dubbo://10.0.0.3:20880/com.acme.Orders?version=2.0.0",
                "dubbo://10.0.0.4:20880/com.acme.Orders?version=1.0.0&group=g",
                "dubbo://10.0.0.1:20880/com.acme.Orders?version=1.0.0")) {
            put("/dubbo/com.acme.Orders/providers/" + URLEncoder.encode(url, UTF_8), "");
        }
        heard.awaitAddresses("10.0.0.1:20880");
    }

    @Test
    void textsOfDubboComeChangeAndGo() throws Exception {
        open("springCloud", "/services", Map.of());
        BlockingQueue<String> texts = new LinkedBlockingQueue<>();
        client.followText(RegistryText.definition("com.acme.Orders", "1.0.0", "", "shop"), texts::add);
        String path = "/dubbo/metadata/com.acme.Orders/1.0.0/provider/shop";
        awaitText(texts, "");
        put(path, "{}");
        awaitText(texts, "{}");
        put(path, "{\"a\":1}");
        awaitText(texts, "{\"a\":1}");
        services.delete().forPath(path);
        awaitText(texts, "");
        put(path, "{\"b\":1}");
        awaitText(texts, "{\"b\":1}");
        client.followText(RegistryText.mapping("com.acme.Orders"), texts::add);
        put("/dubbo/mapping/com.acme.Orders", "shop,stock");
        awaitText(texts, "shop,stock");
    }

    private static void awaitText(BlockingQueue<String> texts, String wanted) throws InterruptedException {
        String text;
        do {
            text = texts.poll(20, TimeUnit.SECONDS);
            assertThat(text).as("waiting for " + wanted).isNotNull();
        } while (!text.equals(wanted));
    }
}
