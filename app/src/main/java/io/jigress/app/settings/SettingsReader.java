package io.jigress.app.settings;

import io.jigress.api.NearestName;
import io.jigress.app.settings.Setting.Machine;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Collects settings: later values override earlier ones, and unknown names are errors. Not for several threads.
public final class SettingsReader {
    /// The variable that names the settings file.
    public static final String FILE_VARIABLE = "JIGRESS_SETTINGS";

    private static final String PREFIX = "JIGRESS_";
    /// Variables that are not settings: the launcher's, and the one that names the settings file.
    private static final List<String> FOREIGN_VARIABLES = List.of("JIGRESS_JAVA_HOME", "JIGRESS_JAVA_OPTS", FILE_VARIABLE);

    private final List<String> faults = new ArrayList<>();
    private Settings settings;

    public SettingsReader(Machine machine) {
        settings = Settings.defaults(machine);
    }

    public Settings settings() {
        return settings;
    }

    /// The errors, one line each with the place; the settings do not contain the wrong values.
    public List<String> faults() {
        List<String> all = new ArrayList<>(faults);
        if (settings.value(KnownSettings.DNS_TTL_MIN).compareTo(settings.value(KnownSettings.DNS_TTL_MAX)) > 0) {
            all.add("dns.ttl.min is " + settings.text(KnownSettings.DNS_TTL_MIN) + " (expected: at most dns.ttl.max, which is "
                    + settings.text(KnownSettings.DNS_TTL_MAX) + ")");
        }
        int reserve = settings.value(KnownSettings.LIMITS_FILES_RESERVE);
        int clients = settings.value(KnownSettings.LIMITS_CONNECTIONS);
        int files = OpenFiles.limit();
        if (OpenFiles.upstreams(files, reserve, clients) < 1) {
            all.add("limits.connections is " + clients + " and limits.files.reserve is " + reserve
                    + " (expected: together less than the " + files
                    + " files that the process may open, since connections to upstreams need the rest)");
        }
        return List.copyOf(all);
    }

    /// Reads a YAML file whose names may be flat (`ports.http: 80`), nested, or both.
    public void file(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException _) {
            faults.add(file + " does not exist (expected: a YAML file of settings)");
            return;
        } catch (CharacterCodingException _) {
            faults.add(file + " is not UTF-8");
            return;
        } catch (IOException e) {
            faults.add(file + " cannot be read: " + e.getMessage());
            return;
        }
        SettingsFile.Content content = SettingsFile.read(text);
        content.faults().forEach(fault -> faults.add(file + ":" + fault));
        content.entries().forEach(entry -> say(entry.name(), entry.value(), file.getFileName() + ":" + entry.line()));
    }

    /// Reads the variables that begin with `JIGRESS_`, except those that Kubernetes sets in every pod for a Service `jigress`.
    public void environment(Map<String, String> variables) {
        new TreeMap<>(variables).forEach((variable, text) -> {
            if (!variable.startsWith(PREFIX) || FOREIGN_VARIABLES.contains(variable)
                    || ServiceVariables.injected(variable, text)) {
                return;
            }
            Optional<Setting<?>> setting = KnownSettings.ALL.stream().filter(s -> s.variable().equals(variable)).findFirst();
            if (setting.isPresent()) {
                say(setting.get(), text, variable);
            } else {
                faults.add(
                        variable + " is not a setting"
                                + hint(variable, KnownSettings.ALL.stream().map(Setting::variable).toList()));
            }
        });
    }

    /// `name=value` on the command line.
    public void assignment(String assignment) {
        int equals = assignment.indexOf('=');
        if (equals <= 0) {
            faults.add("--set " + assignment + " has no " + (equals < 0 ? "value" : "name") + " (expected: name=value)");
            return;
        }
        say(assignment.substring(0, equals), assignment.substring(equals + 1), "--set");
    }

    /// A setting that has a flag of its own.
    public <T> void flag(Setting<T> setting, String text, String flag) {
        say(setting, text, flag);
    }

    private void say(String name, String text, String source) {
        Optional<Setting<?>> setting = KnownSettings.named(name);
        if (setting.isPresent()) {
            say(setting.get(), text, source);
        } else {
            faults.add(
                    source + ": " + name + " is not a setting"
                            + hint(name, KnownSettings.ALL.stream().map(Setting::name).toList()));
        }
    }

    private <T> void say(Setting<T> setting, String text, String source) {
        Settings more = settings.withText(setting, text.strip(), source);
        if (more == null) {
            faults.add(source + ": " + setting.name() + " is \"" + text + "\" (expected: " + setting.type().expected() + ")");
        } else {
            settings = more;
        }
    }

    private static String hint(String name, List<String> names) {
        return NearestName.of(name, names).map(near -> "; did you mean " + near + "?")
                .orElse("; jigress settings lists them all");
    }
}
