package io.jigress.app.sources;

import io.jigress.app.cli.SettingsOptions;
import io.jigress.app.settings.KnownSettings;
import java.util.List;
import picocli.CommandLine.Option;

/// The flag for sources that commands share which read without running a gateway.
public final class SourceOptions {
    @Option(names = "--source", paramLabel = "URL", description = "Where resources come from: folder:DIR, kubernetes:, kubernetes:CONTEXT or nacos://HOST:PORT; may be given several times.") private List<String> sources = List
            .of();

    public boolean isGiven() { return !sources.isEmpty(); }

    public SettingsOptions.Flag flag() {
        return new SettingsOptions.Flag(KnownSettings.CONFIG_SOURCES, "--source",
                sources.isEmpty() ? null : String.join(",", sources));
    }
}
