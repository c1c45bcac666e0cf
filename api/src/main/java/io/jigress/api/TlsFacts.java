package io.jigress.api;

import java.security.cert.X509Certificate;
import java.util.List;

/// What the TLS handshake of a client's connection has established. Immutable.
///
/// @param version `TLSv1.3`
/// @param cipher the cipher suite's IANA name
/// @param serverName the name that the client asked for (SNI), in lower case; empty when it named none
/// @param applicationProtocol the protocol that ALPN has chosen: `h2`; empty when the client did not use ALPN
/// @param clientCertificates the client's own certificate, then those that it sent with it; empty when it showed none, and where the
///        listener does not ask for one
/// @param clientVerified whether they lead to a CA certificate of the listener; false when there are none
public record TlsFacts(String version, String cipher, String serverName, String applicationProtocol,
        List<X509Certificate> clientCertificates, boolean clientVerified) {

    public TlsFacts {
        clientCertificates = List.copyOf(clientCertificates);
    }
}
