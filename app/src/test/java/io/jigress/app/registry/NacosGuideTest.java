package io.jigress.app.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.Guide;
import io.jigress.app.run.WiringTest;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The pages about Nacos, followed word for word with a real Nacos server.
@Tag("suite")
@Timeout(300)
class NacosGuideTest {
    private static final long START_SECONDS = 120;

    @TempDir private Path folder;

    @Test
    void theConfigurationIsKeptInNacosAsThePageSays() throws Exception {
        NacosServer.assumeThree("the commands of the page");
        NacosServer server = NacosServer.get();
        try (TestUpstream upstream = TestUpstream.named("orders"); Guide guide = nacos(server, "nacos-guide-orders")) {
            guide.with("port=9000", "port=" + upstream.port());

            guide.follow(Guide.page("docs/nacos.md"));

            assertThat(upstream.requests()).hasSizeGreaterThanOrEqualTo(2);
        }
    }

    /// The service is a Spring Boot application with the properties of the page, in place of the one that is registered by hand.
    @Test
    void aSpringBootApplicationRegistersItselfAsThePageSays() throws Exception {
        NacosServer server = NacosServer.get();
        String page = Guide.page("docs/nacos.md");
        Path home = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "spring-service").toAbsolutePath();
        Process service = null;
        try {
            String classPath = ForkedServer.classPath(home, "spring-service", "SpringBoot");
            Files.writeString(home.resolve("classes/application.properties"), Guide.blocks(page, "properties").getFirst()
                    .replace("127.0.0.1:8848", server.address()).replace("9000", Integer.toString(WiringTest.freePort()))
                    .replace("name=orders", "name=spring-orders"));
            service = ForkedServer.start(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
                    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Duser.home=" + home, "-cp", classPath, "SpringBoot"), home,
                    "the service is up", START_SECONDS);
        } catch (IOException e) {
            ForkedServer.delete(home);
            Assumptions
                    .abort("the Spring Boot application (spring-cloud-starter-alibaba-nacos-discovery:2025.0.0.0) cannot be had: "
                            + e.getMessage());
        }
        try (Guide guide = nacos(server, "spring-orders")) {
            guide.follow(page.replace(Guide.section(page, "## A service registers itself"), ""));
        } finally {
            service.destroyForcibly().onExit().join();
            ForkedServer.delete(home);
        }
    }

    private Guide nacos(NacosServer server, String service) throws IOException {
        return new Guide(folder).with("127.0.0.1:8848", server.address()).with("8080", Integer.toString(WiringTest.freePort()))
                .with("group=gateway", "group=gateway-" + System.nanoTime()).with("serviceName=orders", "serviceName=" + service)
                .with("name: orders}}", "name: " + service + "}}")
                .with("\"service\": \"orders\"", "\"service\": \"" + service + "\"");
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
