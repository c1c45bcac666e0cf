package io.jigress.control.translate;

import java.util.List;

/// What the gateway's own settings say to the translation.
///
/// @param httpPort the port that serves Ingresses
/// @param sharedAddress the address of Gateways that have none of their own, and of the Ingresses; empty for all addresses
/// @param gatewayAddresses a pool: Gateways without addresses of their own take one each, the older first; the rest share
public record TranslationSettings(int httpPort, String sharedAddress, List<String> gatewayAddresses) {
    public static final TranslationSettings DEFAULT = new TranslationSettings(8080, "", List.of());

    public TranslationSettings {
        gatewayAddresses = List.copyOf(gatewayAddresses);
    }

    /// The name of the socket that serves Ingresses.
    String ingressSocket() {
        return SocketPlan.name(sharedAddress, httpPort);
    }
}
