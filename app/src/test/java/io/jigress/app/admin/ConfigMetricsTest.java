package io.jigress.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.ResourceKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ConfigMetricsTest {
    private final ConfigMetrics metrics = new ConfigMetrics();

    private static Problem problem(Severity severity) {
        return new Problem(new ResourceKey("", "Service", "default", "a"), "a.yaml", "spec", "wrong", "", severity);
    }

    @Test
    void problemsAreCountedBySeverity() {
        assertThat(metrics.text(List.of(problem(Severity.ERROR), problem(Severity.WARNING), problem(Severity.WARNING))))
                .contains("\njigress_config_problems{severity=\"error\"} 1\n",
                        "\njigress_config_problems{severity=\"warning\"} 2\n",
                        "\njigress_config_last_success_timestamp_seconds 0.000\n");

        metrics.succeeded(1_764_126_245_006L);
        assertThat(metrics.text(List.of())).contains("\njigress_config_last_success_timestamp_seconds 1764126245.006\n");
    }

    @Test
    void theManualListsThem() throws Exception {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("docs/promises.md"))) {
            root = root.getParent();
        }
        String page = Files.readString(root.resolve("docs/metrics.md"));
        Set<String> documented = new TreeSet<>();
        Matcher row = Pattern.compile("(?m)^\\| `([a-z_]+)` \\| (\\w+) \\|")
                .matcher(page.split("## Whether the configuration", -1)[1].split("\n## ", -1)[0]);
        while (row.find()) {
            documented.add("# TYPE " + row.group(1) + " " + row.group(2));
        }
        assertThat(metrics.text(List.of()).lines().filter(line -> line.startsWith("# TYPE")))
                .containsExactlyInAnyOrderElementsOf(documented);
    }
}
