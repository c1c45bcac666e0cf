package io.jigress.proxy.tls;

import io.jigress.api.TlsFacts;
import io.jigress.config.ClientCertificates;
import io.jigress.config.ClientCertificates.Mode;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/// What is known of a client's connection whose handshake has succeeded.
///
/// @param section the Gateway listener that it belongs to: it carries requests for hosts of this section only
/// @param client the client's certificate, where upstreams are to be told of it and there is one
public record TlsConnection(String section, TlsFacts facts, @Nullable ClientCertificateFields client) {

    static TlsConnection of(TlsSection section, String serverName, SSLEngine engine) {
        SSLSession session = engine.getSession();
        ClientCertificates clients = section.clients();
        TlsContext context = section.context();
        List<X509Certificate> chain = clients.mode() == Mode.NONE ? List.of() : chain(session);
        boolean verified = !chain.isEmpty() && context != null
                && (clients.mode() != Mode.UNVERIFIED || context.verifies(chain.toArray(X509Certificate[]::new)));
        String protocol = engine.getApplicationProtocol();
        TlsFacts facts = new TlsFacts(session.getProtocol(), session.getCipherSuite(), serverName,
                protocol == null ? "" : protocol, chain, verified);
        return new TlsConnection(section.name(), facts, clients.forward() && !chain.isEmpty()
                ? ClientCertificateFields.of(chain.getFirst(), verified)
                : null);
    }

    private static List<X509Certificate> chain(SSLSession session) {
        try {
            List<X509Certificate> chain = new ArrayList<>();
            for (Certificate each : session.getPeerCertificates()) {
                if (!(each instanceof X509Certificate certificate)) {
                    return List.of();
                }
                chain.add(certificate);
            }
            return chain;
        } catch (SSLPeerUnverifiedException _) {
            return List.of();
        }
    }
}
