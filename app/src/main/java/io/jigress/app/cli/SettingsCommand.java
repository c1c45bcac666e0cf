package io.jigress.app.cli;

import io.jigress.admin.PrettyJson;
import io.jigress.app.settings.Settings;
import io.jigress.app.settings.SettingsText;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `jigress settings`: every setting, its value, and where it comes from.
@Command(name = "settings", description = "Shows all settings with their values and where those come from.")
public final class SettingsCommand implements Callable<Integer> {
    private final Shell shell;

    @Option(names = "-o", paramLabel = "json", description = "json: for programs.") private String output = "";

    @Mixin private SettingsOptions options = new SettingsOptions();

    public SettingsCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        Optional<Settings> settings = options.read(shell);
        if (settings.isEmpty() || !Output.valid(output, shell)) {
            return ExitCode.REFUSED;
        }
        shell.out()
                .print(Output.isJson(output)
                        ? PrettyJson.print(SettingsText.json(settings.get())) + "\n"
                        : SettingsText.table(settings.get()));
        return ExitCode.DONE;
    }
}
