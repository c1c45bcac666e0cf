package io.jigress.config;

import io.jigress.config.TlsCertificate.Pem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How connections to the endpoints of a cluster are encrypted, and how the endpoints are verified.
///
/// @param origin the object that configures it (`BackendTLSPolicy default/cart`), as `explain` shows it
/// @param serverName the name that the handshake sends (SNI); empty for none
/// @param own the client certificate of the gateway, for servers that request one; null for none
/// @param alpn the protocols that the handshake offers (RFC 7301), the best first: `h2`, `http/1.1`. Where it offers `h2` alone, an endpoint must choose it
public record UpstreamTls(String origin, String serverName, Verification verification, @Nullable Pem own,
        List<String> alpn) {

    public UpstreamTls {
        alpn = List.copyOf(alpn);
    }

    /// The same with these protocols.
    public UpstreamTls offering(List<String> protocols) {
        return new UpstreamTls(origin, serverName, verification, own, protocols);
    }

    /// The same with a certificate of the gateway.
    public UpstreamTls showing(Pem certificate) {
        return new UpstreamTls(origin, serverName, verification, certificate, alpn);
    }

    /// How an endpoint is verified.
    public sealed interface Verification {

        /// The chain must end at a CA certificate, and the certificate must be valid for one of the names.
        ///
        /// @param authorities PEM: the CA certificates; null for those of the system
        /// @param names DNS names, URIs or IP addresses, of which the certificate must have one among its alternative names; at least one
        record Names(@Nullable String authorities, List<String> names) implements Verification {
            public Names {
                names = List.copyOf(names);
            }
        }

        /// Nothing is verified: every server at the address is accepted.
        record None() implements Verification {}
    }
}
