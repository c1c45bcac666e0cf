package io.jigress.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoFolderTest {
    @TempDir private Path root;

    private DemoService blue;
    private DemoService green;

    @BeforeEach
    void start() throws Exception {
        blue = DemoService.start("blue");
        green = DemoService.start("green");
    }

    @AfterEach
    void stop() {
        blue.close();
        green.close();
    }

    private String text(String file) throws Exception {
        return Files.readString(root.resolve(file));
    }

    @Test
    void editsStayAndOnlyPortsOfTheDemoChange() throws Exception {
        try (DemoFolder folder = DemoFolder.open(root)) {
            folder.write(8080, blue, green);
        }
        Files.writeString(root.resolve("routes.yaml"), "# mine\n");
        Files.writeString(root.resolve("services.yaml"),
                text("services.yaml").replace("metadata: {name: blue}", "metadata: {name: blue} # mine"));
        Files.delete(root.resolve("limit.yaml"));

        try (DemoService other = DemoService.start("blue"); DemoFolder folder = DemoFolder.open(root)) {
            folder.write(9080, other, green);
            assertThat(text("services.yaml"))
                    .contains("{name: blue} # mine", "port: " + other.port() + "}", "port: " + green.port() + "}")
                    .doesNotContain("port: " + blue.port() + "}");
        }
        assertThat(text("routes.yaml")).isEqualTo("# mine\n");
        assertThat(text("gateway.yaml")).contains("port: 9080,");
        assertThat(text("limit.yaml")).contains("key-rate-limit");
    }

    @Test
    void aFolderOfSomebodyElseIsNotWrittenTo() throws Exception {
        Files.writeString(root.resolve("routes.yaml"), "# mine\n");

        assertThatThrownBy(() -> DemoFolder.open(root)).isInstanceOf(DemoFolder.Refused.class)
                .hasMessageStartingWith("is not empty and was not made by a demo");
        assertThatThrownBy(() -> DemoFolder.open(root.resolve("routes.yaml"))).hasMessage("is not a folder");
        assertThat(root.toFile().list()).containsExactly("routes.yaml");
    }

    @Test
    void twoDemosDoNotShareAFolder() throws Exception {
        try (DemoFolder _ = DemoFolder.open(root)) {
            assertThatThrownBy(() -> DemoFolder.open(root)).hasMessageStartingWith("is in use by another demo");
        }
        DemoFolder.open(root).close();
    }

    @Test
    void whatWasWrittenIsUndone() throws Exception {
        try (DemoFolder folder = DemoFolder.open(root)) {
            folder.write(8080, blue, green);
            folder.undo();
        }
        assertThat(root.toFile().list()).containsExactly(".jigress-demo");

        try (DemoFolder folder = DemoFolder.open(root)) {
            folder.write(8080, blue, green);
        }
        String gateway = text("gateway.yaml");
        try (DemoFolder folder = DemoFolder.open(root)) {
            folder.write(9080, blue, green);
            folder.undo();
        }
        assertThat(text("gateway.yaml")).isEqualTo(gateway);
    }
}
