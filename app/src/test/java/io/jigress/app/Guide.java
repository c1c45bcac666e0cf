package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.WiringTest;
import io.jigress.control.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A page of the manual, followed word for word except for addresses.
///
/// Blocks of YAML with objects become files of the folder `conf`. The commands of `sh` blocks, and of `text` blocks after `$ `, run in their order:
/// those that begin with `jigress` or `./jigress` in this JVM, the others in bash; `jigress run` stays in the background. What a text block shows after
/// a command must be contained in the output of the command, line by line and in this order; `…` stands for varying text. `curl` and `cat` are repeated
/// until this is so, since registries push at any time.
public final class Guide implements AutoCloseable {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^( *)```(\\w*)\n(.*?)^\\1```$");
    private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)");
    private static final Pattern COMMENT = Pattern.compile("\\s#.*|&$");
    /// Commands that may be repeated: their output may be late.
    private static final Pattern REPEATABLE = Pattern.compile("(?s)(curl|cat) .*");
    private static final long PATIENCE_SECONDS = 40;
    private static final long END_SECONDS = 60;

    private final Path folder;
    private final Map<String, String> replacements = new LinkedHashMap<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private final Map<String, String> files = new LinkedHashMap<>();
    private final Set<String> failing = new HashSet<>();
    private final List<Background> background = new ArrayList<>();
    private int objects;

    private record Background(ProcessRun process, CompletableFuture<Integer> status) {}

    /// @param expected the lines of its output that the page shows
    private record Step(String command, List<String> expected) {}

    public Guide(Path folder) throws IOException {
        this.folder = folder;
        for (String name : List.of("JIGRESS_PORTS_HTTP", "JIGRESS_PORTS_HTTPS")) {
            environment.put(name, Integer.toString(WiringTest.freePort()));
        }
        environment.put("JIGRESS_GATEWAY_ADDRESS", "127.0.0.1");
        environment.put("JIGRESS_LOG_LEVEL", "warn");
        int admin = WiringTest.freePort();
        environment.put("JIGRESS_ADMIN_ADDRESS", "127.0.0.1:" + admin);
        with("8001", Integer.toString(admin));
    }

    /// Replaces a text everywhere in the page, such as a port.
    public Guide with(String written, String real) {
        replacements.put(written, real);
        return this;
    }

    /// Names the file for a block of YAML that begins with these words.
    public Guide file(String beginning, String name) {
        files.put(beginning, name);
        return this;
    }

    /// Names a command that ends with exit code 1.
    public Guide fails(String beginning) {
        failing.add(beginning);
        return this;
    }

    /// The text of a page, such as `docs/nacos.md`.
    public static String page(String name) throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("docs/promises.md"))) {
            root = root.getParent();
        }
        return Files.readString(root.resolve(name));
    }

    /// The part of a page below a heading, up to the next heading of the same level.
    public static String section(String page, String heading) {
        int at = page.indexOf("\n" + heading + "\n");
        assertThat(at).as(heading).isNotNegative();
        String level = heading.substring(0, heading.indexOf(' ') + 1);
        int end = page.indexOf("\n" + level, at + 1);
        return page.substring(at + 1, end < 0 ? page.length() : end);
    }

    /// The blocks of a page in a language, such as `yaml`.
    public static List<String> blocks(String page, String language) {
        return BLOCK.matcher(page).results().filter(block -> block.group(2).equals(language))
                .map(Guide::content).toList();
    }

    private static String content(MatchResult block) {
        return block.group(3).stripTrailing().stripIndent() + "\n";
    }

    /// Follows a page or a part of one. Gateways that it starts run until this is closed.
    ///
    /// @return the output of all commands
    public String follow(String page) throws Exception {
        StringBuilder output = new StringBuilder();
        List<Step> steps = new ArrayList<>();
        for (MatchResult block : BLOCK.matcher(page).results().toList()) {
            String text = content(block);
            switch (block.group(2)) {
                case "yaml" -> write(text);
                case "sh" -> commands(text).forEach(command -> steps.add(new Step(command, List.of())));
                case "text" -> read(text, steps);
                default -> {}
            }
        }
        assertThat(steps).isNotEmpty();
        for (Step step : steps) {
            output.append(run(step));
        }
        return output.toString();
    }

    private void write(String text) throws IOException {
        String name = files.entrySet().stream().filter(file -> text.startsWith(file.getKey())).map(Map.Entry::getValue)
                .findFirst()
                .orElse(text.contains("\nkind: ") ? "conf/%02d.yaml".formatted(++objects) : "");
        if (!name.isEmpty()) {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, real(text));
        }
    }

    private static void read(String text, List<Step> steps) {
        if (!text.startsWith("$ ")) {
            // The output of the last command.
            assertThat(steps).as(text).isNotEmpty();
            steps.set(steps.size() - 1, new Step(steps.getLast().command, text.lines().toList()));
            return;
        }
        for (String command : text.substring(2).split("(?m)^\\$ ", -1)) {
            List<String> lines = command.lines().toList();
            steps.add(new Step(lines.getFirst(), lines.subList(1, lines.size())));
        }
    }

    /// One command per line, with its here-document and the lines that a backslash continues.
    private static List<String> commands(String text) {
        List<String> commands = new ArrayList<>();
        StringBuilder command = new StringBuilder();
        String end = "";
        for (String line : text.lines().toList()) {
            command.append(command.isEmpty() ? "" : "\n").append(line);
            if (end.isEmpty() && line.contains("<<'END'")) {
                end = "END";
            } else if (line.equals(end)) {
                end = "";
            }
            if (end.isEmpty() && !line.endsWith("\\")) {
                if (!command.toString().isBlank() && !line.startsWith("#")) {
                    commands.add(command.toString());
                }
                command.setLength(0);
            }
        }
        return commands;
    }

    /// Replaces in one pass, the longest first, so that no replacement is replaced again.
    private String real(String text) {
        Pattern any = Pattern.compile(replacements.keySet().stream().sorted(Comparator.comparingInt(String::length).reversed())
                .map(Pattern::quote).collect(Collectors.joining("|")));
        return any.matcher(text).replaceAll(found -> Matcher.quoteReplacement(replacements.getOrDefault(found.group(), "")));
    }

    private String run(Step step) throws Exception {
        String command = real(step.command);
        List<String> expected = step.expected.stream().map(this::real).map(line -> line.replace("…", "").strip())
                .filter(line -> !line.isEmpty()).toList();
        boolean ours = command.startsWith("jigress ") || command.startsWith("./jigress ");
        if (ours && command.substring(command.indexOf(' ') + 1).startsWith("run ")) {
            start(words(command));
            return "";
        }
        Result result = ours ? jigress(command) : bash(command);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (REPEATABLE.matcher(command).matches() && !result.as(expected) && System.nanoTime() < end) {
            result = bash(command);
        }
        assertThat(result.as(expected)).as("%s prints %s:%n%s", command, expected, result).isTrue();
        return result.output;
    }

    private record Result(boolean successful, String output) {
        /// Whether it succeeded and printed these lines, in this order. The members of a JSON object may have another order.
        boolean as(List<String> lines) {
            int at = 0;
            for (String line : lines) {
                int found = find(line, at);
                if (found < 0) {
                    return false;
                }
                at = found + 1;
            }
            return successful;
        }

        private int find(String line, int from) {
            int found = output.toLowerCase(Locale.ROOT).indexOf(line.toLowerCase(Locale.ROOT), from);
            for (int at = output.indexOf('{', from); found < 0 && at >= 0
                    && line.startsWith("{"); at = output.indexOf('{', at + 1)) {
                String candidate = output.substring(at).lines().findFirst().orElse("");
                found = json(candidate) instanceof JsonParser.Result.Parsed same && same.equals(json(line)) ? at : -1;
            }
            return found;
        }

        private static JsonParser.Result json(String text) {
            return JsonParser.parse(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static List<String> words(String command) {
        List<String> words = new ArrayList<>();
        Matcher word = WORD.matcher(COMMENT.matcher(command).replaceAll(""));
        while (word.find()) {
            words.add(word.group(1) != null ? word.group(1) : word.group(2) != null ? word.group(2) : word.group(3));
        }
        return words.subList(1, words.size());
    }

    private ProcessRun process() {
        ProcessRun process = new ProcessRun(folder);
        environment.forEach(process::with);
        return process;
    }

    private void start(List<String> arguments) throws Exception {
        ProcessRun process = process();
        CompletableFuture<Integer> status = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> status.complete(process.run(arguments.toArray(String[]::new))));
        background.add(new Background(process, status));
        process.awaitRunning();
    }

    private Result jigress(String command) throws IOException {
        List<String> arguments = words(command);
        ProcessRun process = process();
        int redirect = arguments.indexOf(">");
        List<String> own = redirect < 0 ? arguments : arguments.subList(0, redirect);
        int expected = failing.stream().anyMatch(command::startsWith) ? 1 : 0;
        boolean successful = process.run(own.toArray(String[]::new)) == expected;
        if (redirect >= 0 && successful) {
            Files.writeString(folder.resolve(arguments.get(redirect + 1)), process.out());
            return new Result(true, "");
        }
        return new Result(successful, process.out() + process.err());
    }

    private Result bash(String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("bash", "-ec", command).directory(folder.toFile()).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor() == 0, output);
    }

    /// Ends the gateways as Ctrl-C does.
    @Override
    public void close() {
        for (Background gateway : background) {
            gateway.process.terminate();
            assertThat(gateway.status.orTimeout(END_SECONDS, TimeUnit.SECONDS).join()).as(gateway.process.err()).isZero();
        }
    }
}
