package io.jigress.control;

import static io.jigress.control.Manifests.resource;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.McpBridge;
import io.jigress.control.kinds.Registry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RegistryFeedTest {
    private static final ResourceKey NACOS = Kinds.registry("default", "nacos");
    private static final ResourceKey LOGIN = Kinds.secret("default", "login");

    private final Map<ResourceKey, RegistrySettings> now = new HashMap<>();
    private final List<ResourceKey> heard = new ArrayList<>();
    private final RegistryFeed feed = new RegistryFeed("higress-system", (key, settings) -> {
        heard.add(key);
        now.put(key, settings);
    });

    private static Resource registry(String spec) {
        return resource("jigress.io", "Registry", "nacos", "a.yaml",
                "{'spec':{'type':'nacos','servers':['10.0.0.5']" + spec + "}}");
    }

    private void put(Resource... resources) {
        Map<ResourceKey, Resource> changes = new HashMap<>();
        for (Resource resource : resources) {
            changes.put(resource.key(), resource);
        }
        feed.changed(changes);
    }

    private void remove(ResourceKey key) {
        Map<ResourceKey, Resource> changes = new HashMap<>();
        changes.put(key, null);
        feed.changed(changes);
    }

    @Test
    void aRegistryIsToldOnceAndAgainWhenItDiffers() {
        put(registry(""));
        put(registry(""));
        assertThat(heard).containsExactly(NACOS);
        assertThat(now.get(NACOS).registry().type()).isEqualTo(Registry.Type.NACOS);
        assertThat(now.get(NACOS).registry().servers()).containsExactly("10.0.0.5:8848");

        put(registry(",'nacos':{'namespace':'shop'}"));
        assertThat(heard).hasSize(2);
        assertThat(now.get(NACOS).registry().option("namespace")).isEqualTo("shop");

        remove(NACOS);
        assertThat(heard).hasSize(3);
        assertThat(now.get(NACOS)).isNull();
    }

    @Test
    void theSecretComesAlongAndItsChangeIsTold() {
        put(registry(",'secretRef':{'name':'login'}"));
        assertThat(now.get(NACOS).fault()).isEqualTo("there is no Secret default/login");

        put(resource("", "Secret", "login", "a.yaml",
                "{'stringData':{'username':'u'},'data':{'username':'eA==','password':'cHcK'}}"));
        assertThat(now.get(NACOS).fault()).isEmpty();
        assertThat(now.get(NACOS).credentials()).isEqualTo(Map.of("username", "u", "password", "pw"));
        assertThat(now.get(NACOS).toString()).doesNotContain("pw");

        put(resource("", "Secret", "other", "a.yaml", "{'stringData':{'a':'b'}}"));
        assertThat(heard).hasSize(2);
        remove(LOGIN);
        assertThat(now.get(NACOS).fault()).contains("no Secret");
    }

    @Test
    void aRegistryThatIsNotValidIsToldAsSuch() {
        put(resource("jigress.io", "Registry", "nacos", "a.yaml", "{'spec':{'type':'odd'}}"));
        assertThat(now.get(NACOS).fault()).isEqualTo("the Registry is not valid");
    }

    @Test
    void registriesOfABridgeAreReportedWithTheLoginInItsOwnKeys() {
        ResourceKey bridge = Kinds.mcpBridge("higress-system");
        ResourceKey nacos = McpBridge.registryKey(bridge, "nacos2.shop");
        put(bridge(bridge, "'type':'nacos2','name':'shop','domain':'10.0.0.5','authSecretName':'login'"),
                new Resource(Kinds.secret("higress-system", "login"), "v1", 0, "a.yaml",
                        "{\"stringData\":{\"nacosUsername\":\"u\",\"nacosPassword\":\"pw\"}}".getBytes(UTF_8)));
        assertThat(now.get(nacos).fault()).isEmpty();
        assertThat(now.get(nacos).credentials()).isEqualTo(Map.of("username", "u", "password", "pw"));
        assertThat(now.get(nacos).registry().servers()).containsExactly("10.0.0.5:8848");

        put(bridge(bridge, "'type':'nacos2','name':'other','domain':'10.0.0.5'"));
        assertThat(now.get(nacos)).isNull();
        assertThat(now.get(McpBridge.registryKey(bridge, "nacos2.other")).fault()).isEmpty();
    }

    private static Resource bridge(ResourceKey key, String entry) {
        return new Resource(key, "v1", 0, "a.yaml",
                ("{'spec':{'registries':[{" + entry + "}]}}").replace('\'', '"').getBytes(UTF_8));
    }

    @Test
    void theNameOfAServiceSurvivesAsText() {
        for (String name : List.of("orders", "providers:a.b/C:1.0:g", "100%&=?%3f", "订单", "a b")) {
            RegistryService service = RegistryService.of(NACOS, name, Map.of("group", name, "clusters", "a,b"));
            assertThat(RegistryService.parse(service.text())).isEqualTo(service);
        }
        assertThat(RegistryService.of(NACOS, "orders", Map.of()).text()).isEqualTo("default/nacos/orders");
        assertThat(RegistryService.parse("orders")).isNull();
        assertThat(RegistryService.parse("a/b/c?d")).isNull();
    }
}
