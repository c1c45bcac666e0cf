package io.jigress.sources.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.ResourceKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestLocatorTest {
    private static final ResourceKey SHOP = new ResourceKey("gateway.networking.k8s.io", "HTTPRoute", "default", "shop");

    @TempDir Path folder;

    private ManifestLocator locator;

    @BeforeEach
    void write() throws IOException {
        locator = new ManifestLocator(folder);
        Files.writeString(folder.resolve("a.yaml"), """
                # first
                apiVersion: v1
                kind: Service
                metadata: {name: cart}
                ---

                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata:
                  name: shop
                  annotations:
                    nginx.ingress.kubernetes.io/rewrite-target: /x
                spec:
                  rules:
                  - matches:
                    - path: {type: Exact, value: /a}
                    - path:
                        value: /b
                """);
    }

    @Test
    void findsObjectsAndFields() {
        assertPosition("", 7, 1);
        assertPosition("spec.rules[0].matches[1].path.value", 18, 9);
        assertPosition("spec.rules[0].matches[0].path.value", 16, 27);
        assertPosition("spec.rules[0]", 15, 5);
        assertPosition("metadata.annotations.nginx.ingress.kubernetes.io/rewrite-target", 12, 5);
    }

    @Test
    void findsObjectsInTheWorkingDirectory() throws IOException {
        Path here = Files.createTempFile(Path.of("target"), "here", ".yaml");
        Files.copy(folder.resolve("a.yaml"), here, StandardCopyOption.REPLACE_EXISTING);
        assertThat(new ManifestLocator(Path.of(".")).locate(here.toString(), SHOP, "").map(Position::line)).contains(7);
        assertThat(new ManifestLocator(Path.of("")).locate(here.toString(), SHOP, "").map(Position::line)).contains(7);
        Files.delete(here);
    }

    @Test
    void anAbsentFieldIsWhereItsNearestParentIs() {
        assertPosition("spec.rules[0].matches[1].path.type", 17, 7);
        assertPosition("spec.rules[7].x", 14, 3);
        assertPosition("spec.hostnames[0]", 13, 1);
        assertPosition("status", 7, 1);
        assertPosition("spec.rules[x", 14, 3);
    }

    @Test
    void seesAFileThatChanged() throws IOException {
        assertPosition("", 7, 1);
        Path beside = Files.writeString(folder.resolve("b.yaml"), ManifestReaderTest.object("shop"));
        Files.setLastModifiedTime(beside, java.nio.file.attribute.FileTime.fromMillis(1));
        Files.move(beside, folder.resolve("a.yaml"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertPosition("", 1, 1);
    }

    @Test
    void findsItemsOfListsAndOfJson() throws IOException {
        Files.writeString(folder.resolve("l.json"), """
                {
                \t"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRouteList",
                \t"items": [
                \t\t{"metadata": {"name": "other"}},
                \t\t{"metadata": {"name": "shop"},
                \t\t "spec": {"x": 1}}
                \t]
                }
                """);
        assertThat(locator.locate("l.json", SHOP, "")).contains(new Position(5, 3));
        assertThat(locator.locate("l.json", SHOP, "spec.x")).contains(new Position(6, 13));
    }

    @Test
    void whatIsNotThereIsEmpty() {
        assertThat(locator.locate("none.yaml", SHOP, "")).isEmpty();
        assertThat(locator.locate("../a.yaml", SHOP, "")).isEmpty();
        assertThat(locator.locate("a.yaml", new ResourceKey("", "Service", "default", "none"), "")).isEmpty();
    }

    @Test
    void ofALongPartOnlyTheBeginIsKnown() throws IOException {
        Files.writeString(folder.resolve("long.yaml"), "# one\n---\n" + ManifestReaderTest.object("shop") + "x: y\n"
                + ("# " + "y".repeat(100) + "\n").repeat(50_000) + "---\n" + ManifestReaderTest.object("other"));
        assertThat(locator.locate("long.yaml", SHOP, "x")).contains(new Position(2, 1));
        assertThat(locator.locate("long.yaml", new ResourceKey(SHOP.group(), SHOP.kind(), "default", "other"), ""))
                .hasValueSatisfying(position -> assertThat(position.line()).isGreaterThan(6));
        Files.writeString(folder.resolve("huge.yaml"), ManifestReaderTest.object("shop") + "# " + "y".repeat(17 << 20));
        assertThat(locator.locate("huge.yaml", SHOP, "x")).isEmpty();
    }

    private void assertPosition(String path, int line, int column) {
        assertThat(locator.locate("a.yaml", SHOP, path)).as(path).contains(new Position(line, column));
    }
}
