package io.jigress.app.check;

import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.SettingsOptions;
import io.jigress.app.cli.Shell;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.Settings;
import io.jigress.app.sources.Reading;
import io.jigress.app.sources.SourceOptions;
import io.jigress.app.translate.Translators;
import io.jigress.control.Problem.Severity;
import io.jigress.control.translate.ResourceTranslator;
import io.jigress.sources.folder.FolderSource;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `jigress check DIR`: prints the problems of a folder or of clusters, without starting a gateway.
@Command(name = "check", description = "Validates a folder of configuration, or the objects of clusters. Exit code 1 when it has errors, with --strict also when it has warnings.")
public final class CheckCommand implements Callable<Integer> {
    private final Shell shell;

    @Parameters(paramLabel = "DIR", arity = "0..1", description = "The folder; or --source.") private @Nullable String folder;

    @Option(names = "-o", paramLabel = "FORMAT", description = "text (the default), json, sarif or junit.") private String output = "text";

    @Option(names = "--strict", description = "Warnings fail as well.") private boolean strict;

    @Mixin private SourceOptions sources = new SourceOptions();

    @Mixin private SettingsOptions options = new SettingsOptions();

    public CheckCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        Optional<Settings> settings = options.read(shell, sources.flag());
        if (settings.isEmpty()) {
            return ExitCode.REFUSED;
        }
        Optional<CheckReport.Format> format = CheckReport.format(output);
        if (format.isEmpty()) {
            shell.complain("-o is \"" + output + "\" (expected: text, json, sarif or junit)");
            return ExitCode.REFUSED;
        }
        if ((folder == null) != sources.isGiven()) {
            shell.complain("neither or both of a folder and a source are given (expected: either DIR or --source URL)");
            return ExitCode.REFUSED;
        }
        Reading reading;
        try {
            reading = read(settings.get());
        } catch (CannotStart e) {
            shell.complain(e.why());
            return ExitCode.REFUSED;
        }
        shell.out().print(new CheckReport(reading, folder == null ? "" : folder, strict).print(format.get()));
        shell.out().flush();
        boolean failed = reading.count(Severity.ERROR) > 0 || strict && reading.count(Severity.WARNING) > 0;
        return failed ? ExitCode.FAILED : ExitCode.DONE;
    }

    private Reading read(Settings settings) throws CannotStart {
        ResourceTranslator translator = Translators.of(settings, shell.folder());
        if (folder == null) {
            return Reading.of(settings, shell.folder(), translator);
        }
        Path path = shell.path(folder);
        Optional<String> obstacle = FolderSource.obstacle(path);
        if (obstacle.isPresent()) {
            throw new CannotStart("the folder " + folder + " " + obstacle.get());
        }
        return Reading.of(path, translator);
    }
}
