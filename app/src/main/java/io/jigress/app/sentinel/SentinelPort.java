package io.jigress.app.sentinel;

import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.app.sources.RuleTexts;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The connection to dashboards of Sentinel: the command port and the heartbeat, if the settings enable them.
public final class SentinelPort implements AutoCloseable {
    private final @Nullable CommandPort commands;
    private final @Nullable Heartbeat heartbeat;

    private SentinelPort(@Nullable CommandPort commands, @Nullable Heartbeat heartbeat) {
        this.commands = commands;
        this.heartbeat = heartbeat;
    }

    public static SentinelPort start(Settings settings, Path folder, SentinelCluster cluster, RuleTexts rules)
            throws CannotStart {
        List<String> dashboards = settings.value(KnownSettings.SENTINEL_DASHBOARDS);
        if (settings.value(KnownSettings.SENTINEL_COMMAND_ADDRESS).isOff()) {
            if (!dashboards.isEmpty()) {
                throw new CannotStart("sentinel.dashboards: needs a command port (sentinel.command.address=127.0.0.1:8719)");
            }
            return new SentinelPort(null, null);
        }
        String app = settings.value(KnownSettings.SENTINEL_APP);
        CommandPort commands = CommandPort.start(settings, folder, new SentinelCommands(cluster, rules, app));
        return new SentinelPort(commands, dashboards.isEmpty() ? null : Heartbeat.start(dashboards, app, commands.address()));
    }

    public Optional<InetSocketAddress> address() {
        return Optional.ofNullable(commands).map(CommandPort::address);
    }

    @Override
    public void close() {
        Heartbeat beats = heartbeat;
        if (beats != null) {
            beats.close();
        }
        CommandPort port = commands;
        if (port != null) {
            port.close();
        }
    }
}
