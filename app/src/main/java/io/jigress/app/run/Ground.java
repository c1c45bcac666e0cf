package io.jigress.app.run;

import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.app.sources.Places;
import io.jigress.app.sources.SecretClusters;
import io.jigress.app.sources.Sources;
import io.jigress.config.GatewayConfig;
import io.jigress.control.ResourceSource;
import io.jigress.sources.state.LastGoodState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The parts of a gateway that its caller provides.
///
/// @param feeds the first wins where two deliver the same object
/// @param state null when the last good state is not kept
/// @param places finds the lines of delivered objects
/// @param clusters that come and go while the gateway runs; null for none
/// @param sockets may change the listeners of a configuration before it is applied
public record Ground(List<Sources.Feed> feeds, @Nullable SecretClusters clusters, @Nullable LastGoodState state,
        Places places,
        UnaryOperator<GatewayConfig> sockets) {
    private static final Duration STATE_INTERVAL = Duration.ofSeconds(5);

    public Ground(ResourceSource source, @Nullable LastGoodState state, Places places, UnaryOperator<GatewayConfig> sockets) {
        this(List.of(new Sources.Feed("configuration", "", false, source)), null, state, places, sockets);
    }

    void close() {
        if (clusters != null) {
            clusters.close();
        }
        feeds.forEach(feed -> feed.source().close());
        if (state != null) {
            state.close();
        }
    }

    /// The sources that the settings name, and the folder of the state.
    static Ground of(Settings settings, Path folder) throws CannotStart {
        if (Sources.names(settings).isEmpty()) {
            ResourceSource source = new SingleUpstream(settings.value(KnownSettings.CONFIG_TO),
                    settings.value(KnownSettings.PORTS_HTTP));
            return new Ground(source, null, Places.none(), UnaryOperator.identity());
        }
        String stateFolder = settings.value(KnownSettings.STATE_FOLDER);
        LastGoodState state = stateFolder.isEmpty()
                ? null
                : new LastGoodState(folder.resolve(stateFolder), STATE_INTERVAL, InstantSource.system(), _ -> {});
        Sources.Made sources = Sources.of(settings, folder, state);
        return new Ground(sources.feeds(), sources.clusters(), state, sources.places(), UnaryOperator.identity());
    }
}
