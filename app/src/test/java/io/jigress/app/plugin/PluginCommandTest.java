package io.jigress.app.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.ProcessRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginCommandTest {
    static final String INDEX = """
            apiVersion: jigress.io/v1
            kind: PluginIndex
            metadata: {name: shop}
            spec:
              plugins:
                - name: greeting
                  version: 1.0.0
                  kind: lua
                  summary: {en: Greets who asks., zh: 问候。}
                  phase: TRANSFORM
                  priority: 10
                  module: {url: greeting.lua}
                  schema:
                    type: object
                    properties:
                      word: {type: string, default: hello, description: What is said. Any text.}
                    required: [who]
                  examples: [{title: in French, config: {word: bonjour}}]
            """;

    @TempDir Path folder;

    ProcessRun process;

    @BeforeEach
    void prepare() throws IOException {
        process = new ProcessRun(folder);
        Files.createDirectory(folder.resolve("market"));
        Files.writeString(folder.resolve("market/index.yaml"), INDEX);
        Files.writeString(folder.resolve("market/greeting.lua"), "function envoy_on_request(handle)\nend\n");
    }

    @Test
    void pluginsOfAllIndexesAreListed() {
        assertThat(process.run("plugin", "list", "--index", "market")).isZero();
        assertThat(process.out().lines().map(line -> line.replaceAll(" +", " "))).contains(
                "NAME VERSION KIND PHASE INDEX SUMMARY", "greeting 1.0.0 lua TRANSFORM market Greets who asks.")
                .anyMatch(line -> line.matches("cors .* builtin AUTHZ built-in Implements Cross-Origin.*"));
        assertThat(process.err()).isEmpty();
    }

    @Test
    void anIndexWithAnErrorFailsTheListAndTheOthersAreShown() {
        assertThat(process.run("plugin", "list", "--index", "nowhere")).isEqualTo(1);
        assertThat(process.out()).contains("key-rate-limit");
        assertThat(process.err()).isEqualTo("jigress: the index nowhere does not exist\n");
    }

    @Test
    void aPluginIsShownWithFieldsAndExamples() {
        assertThat(process.run("plugin", "show", "greeting", "--index", "market")).isZero();
        assertThat(process.out()).isEqualTo("""
                greeting 1.0.0, lua, index market
                Greets who asks.
                问候。
                phase TRANSFORM, priority 10
                %s

                FIELD  TYPE    DEFAULT  MEANING
                word   string  hello    What is said.

                example in French:
                  word: bonjour
                """.formatted(folder.resolve("market/greeting.lua").toUri()));
    }

    @Test
    void aBuiltInFilterIsShownFromItsCodeAndItsPage() {
        assertThat(process.run("plugin", "show", "key-rate-limit")).isZero();
        assertThat(process.out()).contains("phase LIMIT, priority 10")
                .containsPattern("rejected_code +400 to 599 +429 +status of the refusal")
                .containsPattern("limit_keys +list of object +");
        ProcessRun docs = new ProcessRun(folder);
        assertThat(docs.run("plugin", "show", "key-rate-limit", "--docs", "en")).isZero();
        assertThat(docs.out()).startsWith("# key-rate-limit\n");
    }

    @Test
    void aWrongNameIsOneLine() {
        assertThat(process.run("plugin", "show", "corss")).isEqualTo(1);
        assertThat(process.err()).isEqualTo(
                "jigress: no index lists a plugin \"corss\"; did you mean \"cors\"? (the indexes: built-in, and those of the setting plugins.indexes)\n");
    }

    @Test
    void theIndexOfTheCommandLineComesBeforeTheBuiltInOne() throws IOException {
        Files.writeString(folder.resolve("market/index.yaml"), INDEX.replace("name: greeting", "name: cors"));
        assertThat(process.run("plugin", "show", "cors", "--index", "market")).isZero();
        assertThat(process.out()).startsWith("cors 1.0.0, lua, index market\n");
        assertThat(process.err()).isEmpty();
        ProcessRun setting = new ProcessRun(folder);
        assertThat(setting.run("plugin", "show", "cors", "--set", "plugins.indexes=market")).isZero();
        assertThat(setting.out()).contains(", builtin, index built-in\n");
        assertThat(setting.err()).isEqualTo(
                "jigress: the plugin cors is that of the index built-in; of the same name: that of market (--index INDEX takes that of an index)\n");
    }

    @Test
    void controlCharactersOfAnIndexAreEscaped() throws IOException {
        Files.writeString(folder.resolve("market/index.yaml"), INDEX.replace("version: 1.0.0", "version: \"1\\e[2J\\nforged\"")
                .replace("Greets who asks.", "\"\\x9b31mred \\u202e\"").replace("What is said. Any text.", "\"\\x1b]0;title\\a\"")
                .replace("in French", "\"\\e[1m\"").replace("word: bonjour", "word: \"\\x7f\\x9b\""));
        for (String[] words : new String[][] {{"list"}, {"show", "greeting"}, {"list", "-o", "json"},
            {"show", "greeting", "-o", "json"}, {"install", "greeting", "--config", ".", "--dry-run"}}) {
            ProcessRun run = new ProcessRun(folder);
            List<String> all = new ArrayList<>(List.of("plugin"));
            all.addAll(List.of(words));
            all.addAll(List.of("--index", "market"));
            assertThat(run.run(all.toArray(String[]::new))).as(run.err()).isZero();
            assertThat(run.out() + run.err()).as(String.join(" ", words))
                    .doesNotContainPattern("[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\u202e]")
                    .doesNotContainPattern("(?m)^forged").contains("greeting");
        }
        assertThat(process.run("plugin", "show", "greeting", "--index", "market")).isZero();
        assertThat(process.out()).contains("greeting 1\\u001b[2J\\u000aforged, lua", "\\u009b31mred \\u202e");
    }

    @Test
    void listsAreForProgramsToo() {
        assertThat(process.run("plugin", "list", "-o", "json")).isZero();
        assertThat(process.out()).startsWith("{").contains("\"name\": \"cors\"", "\"problems\": []");
    }
}
