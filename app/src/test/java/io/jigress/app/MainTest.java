package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    @TempDir private Path folder;

    private ProcessRun process;

    @BeforeEach
    void prepare() {
        process = new ProcessRun(folder);
    }

    @Test
    void withoutACommandItListsThem() {
        assertThat(process.run()).isEqualTo(2);
        assertThat(process.out()).contains("run ", "demo ", "check ", "explain ", "settings ", "version ");
    }

    @Test
    void helpIsNoFault() {
        assertThat(process.run("--help")).isZero();
        assertThat(process.run("run", "--help")).isZero();
        assertThat(process.out()).contains("--config", "--to");
        assertThat(process.err()).isEmpty();
    }

    @Test
    void theVersionIsShown() {
        assertThat(process.run("version")).isZero();
        assertThat(process.out()).startsWith("jigress ").contains("Java 25");
    }

    @Test
    void aWrongFlagIsOneLine() {
        assertThat(process.run("run", "--confg", "x")).isEqualTo(2);
        assertThat(process.err()).isEqualTo("jigress: jigress run has no option --confg; did you mean --config?\n");
        assertThat(process.run("run", "--nonsense")).isEqualTo(2);
        assertThat(process.err()).endsWith("jigress: jigress run has no option --nonsense; try jigress run --help\n");
    }

    @Test
    void aWrongCommandIsOneLine() {
        assertThat(process.run("runn")).isEqualTo(2);
        assertThat(process.err()).isEqualTo("jigress: runn is not a command; did you mean run?\n");
        assertThat(process.run("chek", "conf")).isEqualTo(2);
        assertThat(process.err()).endsWith("jigress: chek is not a command; did you mean check?\n");
        assertThat(process.run("frobnicate")).isEqualTo(2);
        assertThat(process.err()).endsWith("jigress: frobnicate is not a command; try jigress --help\n");
    }

    @Test
    void runWantsToKnowWhatToDo() {
        assertThat(process.run("run")).isEqualTo(2);
        assertThat(process.err())
                .isEqualTo(
                        "jigress: neither a source nor an upstream is given (expected: --config DIR, --source URL or --to URL)\n");
    }

    @Test
    void runTakesAFolderOrAnUpstream() {
        assertThat(process.with("JIGRESS_CONFIG_TO", "http://127.0.0.1:9000").run("run", "--config", ".")).isEqualTo(2);
        assertThat(process.err())
                .isEqualTo(
                        "jigress: both a source and an upstream are given (expected: --config DIR, --source URL or --to URL)\n");
    }

    @Test
    void aMissingFolderIsOneLine() {
        assertThat(process.run("run", "--config", "nowhere")).isEqualTo(2);
        assertThat(process.err()).startsWith("jigress: the folder ").endsWith("nowhere is missing\n").hasLineCount(1);
    }

    @Test
    void aWrongSettingIsOneLine() {
        assertThat(process.with("JIGRESS_PORT", "80").run("run", "--config", ".", "--set", "ports.http=http")).isEqualTo(2);
        assertThat(process.err()).isEqualTo("""
                jigress: JIGRESS_PORT is not a setting; did you mean JIGRESS_PORTS_HTTP?
                jigress: --set: ports.http is "http" (expected: a whole number from 1 to 65535)
                """);
    }

    @Test
    void settingsComeFromFileEnvironmentAndFlags() throws IOException {
        Files.writeString(folder.resolve("settings.yaml"), "ports.http: 9001\nadmin.address: \":9002\"\ndrain.delay: 3s\n");

        assertThat(process.with("JIGRESS_SETTINGS", "settings.yaml").with("JIGRESS_ADMIN_ADDRESS", ":9003").run("settings",
                "--port", "9004"))
                .isZero();
        assertThat(process.out().lines().map(line -> line.replaceAll(" +", " ")))
                .contains("ports.http 9004 --port", "admin.address :9003 JIGRESS_ADMIN_ADDRESS", "drain.delay 3s settings.yaml:3",
                        "event.loops 2 default", "memory.direct 128MiB default");
    }

    @Test
    void moreDirectMemoryThanTheJvmAllowsIsOneLine() {
        assertThat(process.run("run", "--to", "http://127.0.0.1:1", "--set", "memory.direct=600MiB")).isEqualTo(2);
        assertThat(process.err()).isEqualTo("jigress: memory.direct: 600MiB is more than this JVM allows "
                + "(expected: at most 512MiB, or JIGRESS_JAVA_OPTS=-XX:MaxDirectMemorySize=616m)\n");
    }

    @Test
    void settingsForPrograms() {
        assertThat(process.run("settings", "-o", "json")).isZero();
        assertThat(process.out()).startsWith("{").contains("\"name\": \"ports.http\"");
        assertThat(process.run("settings", "-o", "xml")).isEqualTo(2);
        assertThat(process.err()).isEqualTo("jigress: -o is \"xml\" (expected: text or json)\n");
    }

    /// `-Dgolden.update=true` rewrites the files. The launcher prints them in a checkout that is not built yet.
    @Test
    void theHelpThatNeedsNoBuildIsInStep() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("docs/promises.md"))) {
            root = root.getParent();
        }
        Path help = root.resolve("build/help");
        for (String command : List.of("", "run", "demo", "check", "explain", "get", "dubbo", "settings", "completion", "train",
                "waf", "plugin")) {
            ProcessRun one = new ProcessRun(folder);
            assertThat(command.isEmpty() ? one.run("--help") : one.run(command, "--help")).isZero();
            Path file = help.resolve((command.isEmpty() ? "jigress" : command) + ".txt");
            if (Boolean.getBoolean("golden.update")) {
                Files.createDirectories(help);
                Files.writeString(file, one.out());
            }
            assertThat(file).content().isEqualTo(one.out());
        }
    }

    @Test
    void shellsCompleteCommandsAndOptions() throws Exception {
        for (String name : List.of("bash", "zsh")) {
            ProcessRun one = new ProcessRun(folder);
            assertThat(one.run("completion", name)).isZero();
            assertThat(one.out()).contains("complete -o filenames -F _jigress jigress");
        }
        assertThat(process.run("completion", "bash")).isZero();
        String script = Files.writeString(folder.resolve("completion"), process.out()).toString();
        assertThat(completed(script, "jigress", "ch")).containsExactly("check");
        assertThat(completed(script, "jigress", "run", "--conf")).containsExactly("--config");
        assertThat(completed(script, "jigress", "completion", "z")).containsExactly("zsh");
        assertThat(completed(script, "jigress", "check", "comp")).containsExactly("completion");

        ProcessRun fish = new ProcessRun(folder);
        assertThat(fish.run("completion", "fish")).isZero();
        assertThat(fish.out()).contains("complete -c jigress -n __fish_use_subcommand -f -a run -d ",
                "complete -c jigress -n '__fish_seen_subcommand_from run' -l config -r -d ", "-a train -d ");
        assertThat(fish.run("completion", "tcsh")).isEqualTo(2);
        assertThat(fish.err()).isEqualTo("jigress: there is no completion for tcsh (expected: bash, zsh or fish)\n");
    }

    /// The completions that bash offers for the last word.
    private List<String> completed(String script, String... words) throws Exception {
        String ask = "source " + script + "; COMP_WORDS=(" + String.join(" ", words) + "); COMP_CWORD=" + (words.length - 1)
                + "; _jigress; printf '%s\\n' \"${COMPREPLY[@]}\"";
        Process bash = new ProcessBuilder("bash", "-c", ask).directory(folder.toFile()).redirectErrorStream(true).start();
        String out = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        bash.waitFor();
        return out.lines().toList();
    }
}
