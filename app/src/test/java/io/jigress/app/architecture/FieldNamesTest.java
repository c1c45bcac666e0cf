package io.jigress.app.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The field names of our own kinds are the same in the code that reads them and in the schemas for Kubernetes.
class FieldNamesTest {
    private static final String BOOLEAN = "(?:on|off|yes|no|y|n)";
    /// A field of a schema, or an item of its list of required fields, in YAML.
    private static final Pattern IN_SCHEMA = Pattern.compile("(?im)(?:^|[{,\\[])\\s*[\"']?(" + BOOLEAN + ")[\"']?\\s*[:,\\]]");
    /// A call of the field reader, such as `spec.text("on")`.
    private static final Pattern IN_CODE = Pattern.compile(
            "(?i)\\.(?:text|texts|textMap|requiredText|bool|integer|requiredInteger|duration|object|objects|array|any|has|choice)\\(\"("
                    + BOOLEAN + ")\"|\\(\\w+, \"(" + BOOLEAN + ")\"");

    /// YAML 1.1, which Kubernetes reads, treats these words as true and false unless they are quoted: a field of that name is lost.
    @Test
    void noFieldIsABooleanOfYaml11() throws IOException {
        Path root = SourceTree.ofThisRepository().root();
        List<String> found = new ArrayList<>();
        find(root.resolve("deploy/crds"), ".yaml", IN_SCHEMA, found);
        find(root.resolve("control/src/main/java/io/jigress/control/kinds"), ".java", IN_CODE, found);
        find(root.resolve("filters/src/main/java"), ".java", IN_CODE, found);
        assertThat(found).isEmpty();
    }

    @Test
    void theSearchFindsSuchFields() {
        assertThat(IN_SCHEMA.matcher("  properties:\n    on: {type: array}\n").find()).isTrue();
        assertThat(IN_SCHEMA.matcher("required: [name, on]").find()).isTrue();
        assertThat(IN_SCHEMA.matcher("  conditions: {type: array}").find()).isFalse();
        assertThat(IN_CODE.matcher("retry.texts(\"on\")").find()).isTrue();
        assertThat(IN_CODE.matcher("number(retry, \"off\", 3)").find()).isTrue();
        assertThat(IN_CODE.matcher("retry.texts(\"conditions\")").find()).isFalse();
    }

    private static void find(Path folder, String suffix, Pattern pattern, List<String> found) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(each -> each.toString().endsWith(suffix)).sorted().toList()) {
                Matcher matcher = pattern.matcher(Files.readString(file));
                while (matcher.find()) {
                    found.add(folder.relativize(file) + ": " + matcher.group().strip());
                }
            }
        }
    }
}
