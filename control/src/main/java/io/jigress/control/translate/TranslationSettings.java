package io.jigress.control.translate;

import io.jigress.config.ConnectionLimits;
import io.jigress.config.PathRules;
import java.util.List;

/// What the gateway's own settings say to the translation.
///
/// @param httpPort the port that serves Ingresses
/// @param sharedAddress the address of Gateways that have none of their own, and of the Ingresses; empty for all addresses
/// @param gatewayAddresses a pool: Gateways without addresses of their own take one each, the older first, and keep it; the rest share
/// @param connections of clusters, where no policy says otherwise
/// @param paths of listeners, where no policy says otherwise
/// @param reserved sockets that the process itself listens on
/// @param joined the Services whose endpoints in all clusters are one set
public record TranslationSettings(int httpPort, String sharedAddress, List<String> gatewayAddresses,
        ConnectionLimits connections, PathRules paths, List<Reserved> reserved, JoinedServices joined) {
    public static final TranslationSettings DEFAULT = new TranslationSettings(8080, "", List.of(), ConnectionLimits.DEFAULT,
            PathRules.DEFAULT);

    /// @param setting the name of the setting that asks for it
    public record Reserved(String setting, String address, int port) {}

    public TranslationSettings(int httpPort, String sharedAddress, List<String> gatewayAddresses, ConnectionLimits connections,
            PathRules paths) {
        this(httpPort, sharedAddress, gatewayAddresses, connections, paths, List.of(), JoinedServices.NONE);
    }

    public TranslationSettings {
        reserved = List.copyOf(reserved);
        gatewayAddresses = List.copyOf(gatewayAddresses);
    }

    /// The name of the socket that serves Ingresses.
    public String ingressSocket() {
        return SocketPlan.name(sharedAddress, httpPort);
    }
}
