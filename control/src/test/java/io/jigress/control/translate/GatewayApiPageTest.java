package io.jigress.control.translate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class GatewayApiPageTest {
    /// The features with "yes" in docs/gateway-api.md.
    private static List<String> supported() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("docs/gateway-api.md"))) {
            root = root.getParent();
        }
        return Files.readAllLines(root.resolve("docs/gateway-api.md")).stream().map(line -> line.split("\\|", -1))
                .filter(cells -> cells.length > 3 && cells[2].strip().equals("yes"))
                .flatMap(cells -> Arrays.stream(cells[1].split(","))).map(String::strip).toList();
    }

    @Test
    void theManualListsTheFeaturesOfTheStatusOfAGatewayClass() throws IOException {
        assertThat(supported()).containsExactlyInAnyOrderElementsOf(GatewayClassStatus.FEATURES);
        assertThat(GatewayClassStatus.FEATURES).isEqualTo(List.copyOf(new TreeSet<>(GatewayClassStatus.FEATURES)));
    }
}
