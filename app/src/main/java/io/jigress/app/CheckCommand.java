package io.jigress.app;

import io.jigress.admin.ConfigEndpoints;
import io.jigress.admin.PrettyJson;
import io.jigress.api.Json;
import io.jigress.app.settings.Settings;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.sources.folder.FolderSource;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `jigress check DIR`: says everything that is wrong with a folder, without starting anything.
@Command(name = "check", description = "Validates a folder of configuration. Exit code 1 when it has errors.")
final class CheckCommand implements Callable<Integer> {
    private final Shell shell;

    @Parameters(paramLabel = "DIR", description = "The folder.") private String folder = "";

    @Option(names = "-o", paramLabel = "json", description = "json: for programs.") private String output = "";

    @Mixin private SettingsOptions options = new SettingsOptions();

    CheckCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        Optional<Settings> settings = options.read(shell);
        if (settings.isEmpty() || !Output.valid(output, shell)) {
            return ExitCode.REFUSED;
        }
        Path path = shell.path(folder);
        Optional<String> obstacle = FolderSource.obstacle(path);
        if (obstacle.isPresent()) {
            shell.complain("the folder " + folder + " " + obstacle.get());
            return ExitCode.REFUSED;
        }
        FolderReading reading = FolderReading.of(path, Translators.of(settings.get()));
        shell.out().print(Output.isJson(output) ? json(reading) : text(reading));
        shell.out().flush();
        return reading.count(Severity.ERROR) > 0 ? ExitCode.FAILED : ExitCode.DONE;
    }

    private static String text(FolderReading reading) {
        StringBuilder out = new StringBuilder();
        record Placed(Problem problem, int line) {}
        List<Placed> all = reading.problems().stream().map(problem -> new Placed(problem, reading.places().line(problem)))
                .sorted(Comparator.comparing((Placed placed) -> placed.problem.source()).thenComparingInt(Placed::line)).toList();
        for (Placed placed : all) {
            Problem problem = placed.problem;
            int line = placed.line;
            out.append(problem.source()).append(line > 0 ? ":" + line : "").append(problem.source().isEmpty() ? "" : ": ")
                    .append(problem.severity() == Severity.ERROR ? "error: " : "warning: ")
                    .append(line > 0 ? Places.withoutLine(problem.toString()) : problem.toString()).append('\n');
        }
        return out.append(count(reading.objects(), "object")).append(" in ").append(count(reading.files(), "file")).append(": ")
                .append(count(reading.count(Severity.ERROR), "error")).append(", ")
                .append(count(reading.count(Severity.WARNING), "warning")).append('\n').toString();
    }

    private static String json(FolderReading reading) {
        return PrettyJson.print(Json.object()
                .put("objects", reading.objects())
                .put("files", reading.files())
                .put("errors", reading.count(Severity.ERROR))
                .put("warnings", reading.count(Severity.WARNING))
                .put("problems",
                        Json.array(
                                reading.problems().stream().map(p -> ConfigEndpoints.json(p, reading.places().line(p))).toList()))
                .build()) + "\n";
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
