package io.jigress.app.settings;

import io.jigress.api.Json;
import java.util.ArrayList;
import java.util.List;

/// Prints settings: as a table, as JSON, and as the page of the manual.
public final class SettingsText {
    private SettingsText() {}

    /// A table of names, values and sources.
    public static String table(Settings settings) {
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"SETTING", "VALUE", "SOURCE"});
        for (Setting<?> setting : KnownSettings.ALL) {
            String text = settings.text(setting);
            rows.add(new String[] {setting.name(), text.isEmpty() ? "-" : text, settings.source(setting)});
        }
        int first = rows.stream().mapToInt(row -> row[0].length()).max().orElse(0);
        int second = rows.stream().mapToInt(row -> row[1].length()).max().orElse(0);
        StringBuilder out = new StringBuilder();
        for (String[] row : rows) {
            out.append(row[0]).repeat(' ', first - row[0].length() + 2).append(row[1]).repeat(' ', second - row[1].length() + 2)
                    .append(row[2])
                    .append('\n');
        }
        return out.toString();
    }

    public static Json json(Settings settings) {
        List<Json> items = new ArrayList<>();
        for (Setting<?> setting : KnownSettings.ALL) {
            items.add(Json.object().put("name", setting.name()).put("value", settings.text(setting))
                    .put("source", settings.source(setting))
                    .put("default", fallback(setting)).put("doc", setting.doc()).build());
        }
        return Json.object().put("settings", Json.array(items)).build();
    }

    /// The text of docs/settings.md; a test compares it.
    public static String manual() {
        StringBuilder out = new StringBuilder("""
                # Settings

                Settings are read at start; some are read again on [SIGHUP](service.md#signals). Routes, upstreams and filters are not settings but
                [configuration](resources.md), which changes while the gateway runs. A setting has the same name in all places; a place further down in this
                list overrides those above:

                1. the default,
                2. a YAML file, `--settings FILE` or `JIGRESS_SETTINGS=FILE`: `admin.address: 127.0.0.1:8001`, or nested,
                3. the environment: `JIGRESS_ADMIN_ADDRESS=127.0.0.1:8001`,
                4. a flag: `--set admin.address=127.0.0.1:8001`.

                Unknown names and invalid values are errors: the program prints the place and ends with exit code 2. `jigress settings` shows every
                value and where it comes from; so does `GET /settings` on the admin port. The variables that Kubernetes sets for a Service named
                `jigress` (`JIGRESS_SERVICE_HOST`, `JIGRESS_PORT=tcp://…`) are ignored.

                | setting | default | meaning |
                |---|---|---|
                """);
        for (Setting<?> setting : KnownSettings.ALL) {
            out.append("| `").append(setting.name()).append("` | ").append(fallbackCell(setting)).append(" | ")
                    .append(setting.doc())
                    .append(" Takes ").append(setting.type().expected()).append(". |\n");
        }
        return out.append("""

                These have flags of their own: `--config DIR` is `config.folder`, `--to URL` is `config.to`, `--port N` is `ports.http`,
                `--admin ADDRESS` is `admin.address`, `--log-level LEVEL` is `log.level`.
                """).toString();
    }

    private static String fallbackCell(Setting<?> setting) {
        String text = fallback(setting);
        return text.isEmpty() ? "–" : setting.fallbackText().isEmpty() ? "`" + text + "`" : text;
    }

    private static String fallback(Setting<?> setting) {
        return setting.fallbackText().isEmpty()
                ? Settings.defaults(new Setting.Machine(1, 0)).text(setting)
                : setting.fallbackText();
    }
}
