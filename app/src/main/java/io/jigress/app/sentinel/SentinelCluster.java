package io.jigress.app.sentinel;

import io.jigress.api.Json;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Settings;
import io.jigress.sentinel.cluster.TokenClient;
import io.jigress.sentinel.cluster.TokenRules;
import io.jigress.sentinel.cluster.TokenServer;
import io.jigress.sentinel.cluster.TokenService;
import io.jigress.sentinel.engine.SentinelEngine;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Cluster flow control: the client of a token server, or the embedded token server, if the settings enable one.
public final class SentinelCluster implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SentinelCluster.class);

    private final SentinelEngine engine;
    private final @Nullable TokenClient client;
    private final @Nullable TokenServer server;

    private SentinelCluster(SentinelEngine engine, @Nullable TokenClient client, @Nullable TokenServer server) {
        this.engine = engine;
        this.client = client;
        this.server = server;
    }

    public static SentinelCluster start(Settings settings) throws CannotStart {
        String remote = settings.value(KnownSettings.SENTINEL_CLUSTER_SERVER);
        ListenAddress address = settings.value(KnownSettings.SENTINEL_CLUSTER_ADDRESS);
        TokenRules rules = new TokenRules(settings.value(KnownSettings.SENTINEL_APP));
        if (!remote.isEmpty() && !address.isOff()) {
            throw new CannotStart(
                    "sentinel.cluster.server and sentinel.cluster.address are both set (expected: one of them, since a"
                            + " gateway with a token server takes its tokens there)");
        }
        if (!address.isOff()) {
            return serving(address, rules);
        }
        return remote.isEmpty()
                ? new SentinelCluster(new SentinelEngine(TokenService.NONE, rules), null, null)
                : asking(settings, remote, rules);
    }

    private static SentinelCluster asking(Settings settings, String remote, TokenRules rules) throws CannotStart {
        int colon = remote.lastIndexOf(':');
        String host = remote.substring(0, colon);
        if (host.startsWith("[")) {
            host = host.substring(1, host.length() - 1);
        }
        TokenClient.Server server = new TokenClient.Server(host, Integer.parseInt(remote.substring(colon + 1)),
                settings.value(KnownSettings.SENTINEL_APP));
        try {
            TokenClient client = TokenClient.start(server, settings.value(KnownSettings.SENTINEL_CLUSTER_TIMEOUT).toMillis(),
                    System::nanoTime);
            return new SentinelCluster(new SentinelEngine(client, rules), client, null);
        } catch (IOException e) {
            throw new CannotStart("sentinel.cluster.server: cannot open a selector: " + e.getMessage());
        }
    }

    private static SentinelCluster serving(ListenAddress address, TokenRules rules) throws CannotStart {
        InetSocketAddress socket = address.socket();
        try {
            TokenServer server = TokenServer.start(socket, rules);
            if (!server.address().getAddress().isLoopbackAddress()) {
                log.warn(
                        "sentinel.cluster.address: is {}, and the protocol has no authentication: every client that reaches it can use up"
                                + " tokens",
                        address);
            }
            return new SentinelCluster(new SentinelEngine(rules, rules), null, server);
        } catch (IOException e) {
            throw new CannotStart("sentinel.cluster.address: cannot listen on " + address + ": " + e.getMessage());
        }
    }

    public SentinelEngine engine() {
        return engine;
    }

    /// Where the token server listens; empty when it is off.
    public Optional<InetSocketAddress> address() {
        return Optional.ofNullable(server).map(TokenServer::address);
    }

    /// Whether a token server decides now.
    public boolean isReady() {
        TokenClient asking = client;
        return server != null || asking != null && asking.isReady();
    }

    /// The role in the cluster, as Sentinel's command `getClusterMode` gives it: 0 for a client, 1 for a server, -1 for neither.
    Json mode() {
        return Json.object().put("mode", client != null ? 0 : server != null ? 1 : -1).put("lastModified", -1)
                .put("clientAvailable", true).put("serverAvailable", true).build();
    }

    /// As Sentinel's command `cluster/client/fetchConfig` gives it: the state is 2 while the server is connected, else 0.
    Json clientState() {
        TokenClient asking = client;
        Json.Builder state = Json.object();
        if (asking != null) {
            state.put("serverHost", asking.server().host()).put("serverPort", asking.server().port())
                    .put("requestTimeout", asking.timeoutMillis());
        }
        return state.put("clientState", asking != null && asking.isReady() ? 2 : 0).build();
    }

    @Override
    public void close() {
        TokenClient asking = client;
        if (asking != null) {
            asking.close();
        }
        TokenServer serving = server;
        if (serving != null) {
            serving.close();
        }
    }
}
