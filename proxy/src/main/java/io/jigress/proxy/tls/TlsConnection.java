package io.jigress.proxy.tls;

import io.jigress.config.ClientCertificates;
import io.jigress.config.ClientCertificates.Mode;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/// What is known of a client's connection whose handshake has succeeded.
///
/// @param section the Gateway listener that it belongs to: it carries requests for hosts of this section only
/// @param serverName empty when the client named none
/// @param version `TLSv1.3`
/// @param cipher the cipher suite's IANA name
/// @param client the client's certificate, where upstreams are to be told of it and there is one
public record TlsConnection(String section, String serverName, String version, String cipher,
        @Nullable ClientCertificateFields client) {

    static TlsConnection of(TlsSection section, String serverName, SSLEngine engine) {
        SSLSession session = engine.getSession();
        return new TlsConnection(section.name(), serverName, session.getProtocol(), session.getCipherSuite(),
                client(section, session));
    }

    private static @Nullable ClientCertificateFields client(TlsSection section, SSLSession session) {
        ClientCertificates clients = section.clients();
        TlsContext context = section.context();
        if (!clients.forward() || context == null) {
            return null;
        }
        try {
            Certificate[] shown = session.getPeerCertificates();
            X509Certificate[] chain = new X509Certificate[shown.length];
            for (int i = 0; i < chain.length; i++) {
                if (!(shown[i] instanceof X509Certificate certificate)) {
                    return null;
                }
                chain[i] = certificate;
            }
            return ClientCertificateFields.of(chain[0], clients.mode() != Mode.UNVERIFIED || context.verifies(chain));
        } catch (SSLPeerUnverifiedException _) {
            return null;
        }
    }
}
