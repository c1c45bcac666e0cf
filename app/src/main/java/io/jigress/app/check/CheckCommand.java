package io.jigress.app.check;

import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.SettingsOptions;
import io.jigress.app.cli.Shell;
import io.jigress.app.settings.Settings;
import io.jigress.app.sources.FolderReading;
import io.jigress.app.translate.Translators;
import io.jigress.control.Problem.Severity;
import io.jigress.sources.folder.FolderSource;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `jigress check DIR`: prints the problems of a folder, without starting a gateway.
@Command(name = "check", description = "Validates a folder of configuration. Exit code 1 when it has errors, with --strict also when it has warnings.")
public final class CheckCommand implements Callable<Integer> {
    private final Shell shell;

    @Parameters(paramLabel = "DIR", description = "The folder.") private String folder = "";

    @Option(names = "-o", paramLabel = "FORMAT", description = "text (the default), json, sarif or junit.") private String output = "text";

    @Option(names = "--strict", description = "Warnings fail as well.") private boolean strict;

    @Mixin private SettingsOptions options = new SettingsOptions();

    public CheckCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        Optional<Settings> settings = options.read(shell);
        if (settings.isEmpty()) {
            return ExitCode.REFUSED;
        }
        Optional<CheckReport.Format> format = CheckReport.format(output);
        if (format.isEmpty()) {
            shell.complain("-o is \"" + output + "\" (expected: text, json, sarif or junit)");
            return ExitCode.REFUSED;
        }
        Path path = shell.path(folder);
        Optional<String> obstacle = FolderSource.obstacle(path);
        if (obstacle.isPresent()) {
            shell.complain("the folder " + folder + " " + obstacle.get());
            return ExitCode.REFUSED;
        }
        FolderReading reading = FolderReading.of(path, Translators.of(settings.get(), shell.folder()));
        shell.out().print(new CheckReport(reading, folder, strict).print(format.get()));
        shell.out().flush();
        boolean failed = reading.count(Severity.ERROR) > 0 || strict && reading.count(Severity.WARNING) > 0;
        return failed ? ExitCode.FAILED : ExitCode.DONE;
    }
}
