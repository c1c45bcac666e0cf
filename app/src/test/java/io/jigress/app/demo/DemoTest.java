package io.jigress.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DemoTest {

    @Test
    void theFirstPageOfTheManualSaysWhatTheDemoPrints() throws Exception {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("docs/promises.md"))) {
            root = root.getParent();
        }
        assertThat(root.resolve("docs/getting-started.md")).content()
                .contains(DemoText.of("jigress-demo", 8080, "--admin http://localhost:8001"))
                .contains(DemoFolder.files(8080, 1, 2).get("routes.yaml"));
    }

    @Test
    void theEditsThatItProposesChangeTheSamples() {
        String routes = DemoFolder.files(8080, 1, 2).get("routes.yaml");
        String text = DemoText.of("jigress-demo", 8080, "--admin http://localhost:8001");

        assertThat(text).contains("s/weight: 3/weight: 0/", "s/name: demo}]/name: dmeo}]/");
        assertThat(routes).contains("weight: 3").contains("name: demo}]");
    }
}
