package io.jigress.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How connections to the endpoints of a cluster are encrypted. The certificate of an endpoint is always verified.
///
/// @param serverName what the handshake names (SNI), and, where no names are given, what the certificate must be for
/// @param authorities PEM: the CA certificates that an endpoint's chain must lead to; empty for those of the system
/// @param names alternative names, of DNS or URIs, of which the certificate must have one; empty for the server name
/// @param own what the gateway shows when it is asked for a certificate; null for none
public record UpstreamTls(String serverName, String authorities, List<String> names, TlsCertificate.@Nullable Pem own) {
    public UpstreamTls {
        names = List.copyOf(names);
    }
}
