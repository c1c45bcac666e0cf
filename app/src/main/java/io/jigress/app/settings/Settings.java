package io.jigress.app.settings;

import io.jigress.app.settings.Setting.Machine;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The values of all settings and their sources. Immutable.
public final class Settings {

    /// @param source where it comes from, as readable text: `default`, `settings.yaml:3`, `JIGRESS_PORTS_HTTP`, `--set`
    private record Chosen(Object value, String source) {}

    private final Map<String, Chosen> chosen;
    private final Machine machine;

    private Settings(Map<String, Chosen> chosen, Machine machine) {
        this.chosen = chosen;
        this.machine = machine;
    }

    /// Defaults only.
    public static Settings defaults(Machine machine) {
        return new Settings(Map.of(), machine);
    }

    /// These settings with one value replaced.
    public <T> Settings with(Setting<T> setting, T value, String source) {
        Map<String, Chosen> more = new java.util.HashMap<>(chosen);
        more.put(setting.name(), new Chosen(value, source));
        return new Settings(Map.copyOf(more), machine);
    }

    /// These settings with one value replaced, given as text; null when the text is not valid for the setting.
    public <T> @Nullable Settings withText(Setting<T> setting, String text, String source) {
        T value = setting.type().parse().apply(text);
        return value == null ? null : with(setting, value, source);
    }

    @SuppressWarnings("unchecked") // only values of the setting's own type are put under its name
    public <T> T value(Setting<T> setting) {
        Chosen said = chosen.get(setting.name());
        return said == null ? setting.fallback().apply(machine) : (T) said.value;
    }

    /// The value as it would be written.
    public <T> String text(Setting<T> setting) {
        return setting.type().print().apply(value(setting));
    }

    public String source(Setting<?> setting) {
        Chosen said = chosen.get(setting.name());
        return said == null ? "default" : said.source;
    }
}
