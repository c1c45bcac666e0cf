package io.jigress.app.cli;

import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Setting;
import io.jigress.app.settings.Settings;
import io.jigress.app.settings.SettingsReader;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The flags for settings, shared by all commands.
public final class SettingsOptions {
    @Option(names = "--settings", paramLabel = "FILE", description = "A YAML file of settings (also: JIGRESS_SETTINGS).") private @Nullable String file;

    @Option(names = "--set", paramLabel = "NAME=VALUE", description = "One setting; may be given several times. `jigress settings` lists them.") private List<String> assignments = List
            .of();

    @Option(names = "--port", paramLabel = "N", description = "Short for --set ports.http=N.") private @Nullable String port;

    @Option(names = "--log-level", paramLabel = "LEVEL", description = "Short for --set log.level=LEVEL.") private @Nullable String logLevel;

    /// Reads settings from all places and these flags; on errors prints them and returns empty.
    public Optional<Settings> read(Shell shell, Flag... flags) {
        return read(shell, shell::complain, flags);
    }

    /// The same, printing errors elsewhere.
    public Optional<Settings> read(Shell shell, Consumer<String> complain, Flag... flags) {
        SettingsReader reader = new SettingsReader(shell.machine());
        String named = file == null ? shell.environment().get(SettingsReader.FILE_VARIABLE) : file;
        if (named != null) {
            reader.file(shell.path(named));
        }
        reader.environment(shell.environment());
        assignments.forEach(reader::assignment);
        say(reader, new Flag(KnownSettings.PORTS_HTTP, "--port", port));
        say(reader, new Flag(KnownSettings.LOG_LEVEL, "--log-level", logLevel));
        for (Flag flag : flags) {
            say(reader, flag);
        }
        reader.faults().forEach(complain);
        return reader.faults().isEmpty() ? Optional.of(reader.settings()) : Optional.empty();
    }

    /// A flag of one command that sets a setting; null when it was not given.
    public record Flag(Setting<?> setting, String name, @Nullable String value) {}

    private static void say(SettingsReader reader, Flag flag) {
        if (flag.value != null) {
            reader.flag(flag.setting, flag.value, flag.name);
        }
    }
}
