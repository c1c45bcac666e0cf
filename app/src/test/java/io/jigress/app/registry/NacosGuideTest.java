package io.jigress.app.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.Guide;
import io.jigress.app.run.WiringTest;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The pages about Nacos, followed word for word with a real Nacos server.
@Timeout(300)
class NacosGuideTest {
    @TempDir private Path folder;

    @Test
    void theConfigurationIsKeptInNacosAsThePageSays() throws Exception {
        NacosServer.assumeThree("the commands of the page");
        NacosServer server = NacosServer.get();
        try (TestUpstream upstream = TestUpstream.named("orders"); Guide guide = new Guide(folder)) {
            guide.with("127.0.0.1:8848", server.address()).with("8080", Integer.toString(WiringTest.freePort()))
                    .with("port=9000", "port=" + upstream.port()).with("group=gateway", "group=gateway-" + System.nanoTime())
                    .with("serviceName=orders", "serviceName=nacos-guide-orders")
                    .with("name: orders}}", "name: nacos-guide-orders}}")
                    .with("\"service\": \"orders\"", "\"service\": \"nacos-guide-orders\"");

            guide.follow(Guide.page("docs/nacos.md"));

            assertThat(upstream.requests()).hasSizeGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void rulesOfSentinelAreReadFromNacosAsThePageSays() throws Exception {
        NacosServer.assumeThree("the commands of the page");
        NacosServer server = NacosServer.get();
        String page = Guide.page("docs/sentinel-nacos.md");
        String dashboard = Guide.section(page, "## The dashboard");
        String shared = Guide.section(page, "## One limit for several gateways");
        String first = page.replace(dashboard, "").replace(shared, "");
        String files = first.replaceAll("(?ms)^```(text|sh).*?^```$", "");
        try (TestUpstream upstream = TestUpstream.named("shop")) {
            try (Guide guide = sentinel(server, upstream)) {
                guide.follow(first);
            }
            try (Guide guide = sentinel(server, upstream)) {
                guide.follow(files + dashboard);
            }
            try (Guide guide = sentinel(server, upstream)) {
                guide.follow(files + shared);
            }
        }
    }

    private Guide sentinel(NacosServer server, TestUpstream upstream) throws IOException {
        return new Guide(folder).with("127.0.0.1:8848", server.address()).with("8088", Integer.toString(WiringTest.freePort()))
                .with("9000", Integer.toString(upstream.port())).with("8719", Integer.toString(WiringTest.freePort()))
                .with("127.0.0.1:8080", "127.0.0.1:1").with("8089", Integer.toString(WiringTest.freePort()))
                .with("18730", Integer.toString(WiringTest.freePort()))
                .file("apiVersion: jigress.io/v1\nkind: SentinelRule", "conf/shared.yaml")
                .file("apiVersion: jigress.io/v1", "conf/nacos.yaml")
                .file("apiVersion: gateway.networking.k8s.io/v1", "conf/shop.yaml");
    }
}
