package io.jigress.app.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.Guide;
import io.jigress.app.run.WiringTest;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The page about gray releases, followed word for word; its part about registries with a real Nacos server. [EurekaTest] follows the part about
/// moving from one registry to another.
@Tag("suite")
@Timeout(300)
class GrayReleaseGuideTest {
    private static final String OTHER_REGISTRIES = "## From one registry to another";

    @TempDir private Path folder;

    private static String page() throws IOException {
        String page = Guide.page("docs/gray-releases.md");
        return page.replace(Guide.section(page, OTHER_REGISTRIES), "");
    }

    @Test
    void marksAndSharesGoToTheGraySubset() throws Exception {
        String page = page();
        String fixed = page.replace(Guide.section(page, "## With a registry"), "");
        try (TestUpstream upstream = TestUpstream.named("orders"); Guide guide = new Guide(folder)) {
            guide.with("8080", Integer.toString(WiringTest.freePort())).with("9000", Integer.toString(upstream.port()));
            guide.follow(fixed);
            assertThat(upstream.requests()).isNotEmpty()
                    .filteredOn(request -> request.headers().contains("cookie"))
                    .allSatisfy(request -> assertThat(request.headers().first("x-tag")).isEqualTo("gray"));
            assertThat(upstream.requests()).anyMatch(request -> request.headers().contains("cookie")
                    && request.headers().first("cookie").equals("a=b; beta=1"));
        }
    }

    @Test
    void anInstanceWithTheLabelIsUsedAsSoonAsItIsRegistered() throws Exception {
        NacosServer.assumeThree("the commands of the page");
        NacosServer server = NacosServer.get();
        String page = page();
        try (TestUpstream upstream = TestUpstream.named("orders");
                TestUpstream gray = TestUpstream.named("gray");
                Guide guide = new Guide(folder)) {
            guide.with("8080", Integer.toString(WiringTest.freePort())).with("127.0.0.1:8848", server.address())
                    .with("port=9000", "port=" + upstream.port()).with("port=9001", "port=" + gray.port())
                    .with("serviceName=orders", "serviceName=gray-orders")
                    .with("nacos, name: orders}", "nacos, name: gray-orders}");
            // The Backends of the registry replace those with fixed addresses.
            guide.file("apiVersion: jigress.io/v1\nkind: Backend", "conf/backends.yaml")
                    .file("apiVersion: jigress.io/v1\nkind: Registry", "conf/backends.yaml");
            guide.follow(page.replaceAll("(?ms)^```text.*?^```$", "") + Guide.section(page, "## With a registry"));
            assertThat(gray.requests()).isNotEmpty();
        }
    }
}
