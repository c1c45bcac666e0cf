package io.jigress.app.grpcjson;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.TestGateway;
import io.jigress.testkit.TestClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The descriptor set of a Plugin in a ConfigMap or a file.
@Timeout(60)
class DescriptorSourcesTest {
    private static final String FROM = "config: {services: [shop.Books]}\n  configFrom: {descriptorSet: {name: books, key: shop.protoset}}";

    private static String configMap(String field, byte[] set) {
        return """
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: books}
                %s: {shop.protoset: %s}
                """.formatted(field, Base64.getEncoder().encodeToString(set));
    }

    private static int status(TestGateway gateway) {
        return TestClient.get(gateway.port(8080), "/v1/books/b").status();
    }

    /// Files are read on another thread; requests are answered with 503 before.
    private static int statusWhenRead(TestGateway gateway) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        int status = status(gateway);
        while (status == 503 && System.nanoTime() - end < 0) {
            status = status(gateway);
        }
        return status;
    }

    @Test
    void aConfigMapHasItAsBinaryDataOrAsText() {
        for (String field : new String[] {"binaryData", "data"}) {
            try (BookServer server = BookServer.start(); TestGateway gateway = BookGateway.start(server, FROM)) {
                assertThat(gateway.problems()).map(Object::toString).singleElement().asString()
                        .contains("spec.configFrom.descriptorSet.name", "there is no ConfigMap default/books");
                // Without the filter the request reaches the server, which answers that it is no call.
                assertThat(status(gateway)).isEqualTo(415);
                gateway.apply(configMap(field, BookServer.set()));
                assertThat(gateway.problems()).isEmpty();
                assertThat(status(gateway)).isEqualTo(200);
                gateway.apply(configMap(field, new byte[] {1}));
                assertThat(gateway.problems()).map(Object::toString).singleElement().asString()
                        .contains("spec.config.descriptorSet");
            }
        }
    }

    @Test
    void aMemberThatIsSetTwiceAndAKeyThatIsMissingAreProblems() {
        try (BookServer server = BookServer.start();
                TestGateway gateway = BookGateway.start(server, "config: {descriptorSet: AA==}\n"
                        + "  configFrom: {descriptorSet: {name: books, key: other}}")) {
            gateway.apply(configMap("data", BookServer.set()));
            assertThat(gateway.problems()).map(Object::toString)
                    .anyMatch(problem -> problem.contains("spec.configFrom.descriptorSet is set, and so is config.descriptorSet"))
                    .anyMatch(problem -> problem.contains("spec.configFrom.descriptorSet.key is \"other\""));
        }
    }

    @Test
    void aFileHasIt(@TempDir Path folder) throws IOException {
        Path set = Files.write(folder.resolve("shop.protoset"), BookServer.set());
        try (BookServer server = BookServer.start();
                TestGateway gateway = BookGateway.start(server,
                        "config: {services: [shop.Books], descriptorSet: \"" + set.toUri() + "\"}")) {
            assertThat(gateway.problems()).isEmpty();
            assertThat(statusWhenRead(gateway)).isEqualTo(200);
        }
    }

    @Test
    void aFileThatCannotBeReadOrIsNoDescriptorSetLeavesTheFilterOut(@TempDir Path folder) throws IOException {
        Path broken = Files.write(folder.resolve("broken.protoset"), new byte[] {1});
        for (Path set : new Path[] {folder.resolve("missing"), broken}) {
            try (BookServer server = BookServer.start();
                    TestGateway gateway = BookGateway.start(server, "config: {descriptorSet: \"" + set.toUri() + "\"}")) {
                assertThat(statusWhenRead(gateway)).isEqualTo(415);
            }
        }
    }
}
