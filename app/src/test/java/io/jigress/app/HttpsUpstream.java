package io.jigress.app;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.jigress.proxy.tls.CertificateMaker.Made;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/// The JDK's HTTPS server as an upstream. It answers `hello over TLS`, followed by the subject of the client's certificate when it asks for one,
/// and by ` to NAME` when the client has sent a server name.
final class HttpsUpstream implements AutoCloseable {
    private final HttpsServer server;
    private volatile boolean asksForClients;

    private HttpsUpstream(HttpsServer server) {
        this.server = server;
    }

    /// @param own its certificate
    /// @param ca for the certificates of clients
    static HttpsUpstream start(Made own, Made ca) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("own", own.key(), new char[0], new Certificate[] {own.certificate()});
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(keys, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        keys.setCertificateEntry("ca", ca.certificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(keys);
        context.init(factory.getKeyManagers(), trust.getTrustManagers(), null);
        HttpsUpstream upstream = new HttpsUpstream(
                HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
        upstream.serve(context);
        return upstream;
    }

    private void serve(SSLContext context) {
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters wanted = context.getDefaultSSLParameters();
                wanted.setNeedClientAuth(asksForClients);
                parameters.setSSLParameters(wanted);
            }
        });
        server.createContext("/", exchange -> {
            ExtendedSSLSession session = (ExtendedSSLSession) ((HttpsExchange) exchange).getSSLSession();
            StringBuilder text = new StringBuilder("hello over TLS");
            if (asksForClients) {
                text.append(session.getPeerPrincipal().getName());
            }
            session.getRequestedServerNames()
                    .forEach(name -> text.append(" to ").append(new String(name.getEncoded(), StandardCharsets.US_ASCII)));
            byte[] body = text.toString().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    /// From the next connection on, clients must show a certificate.
    void askForClients() {
        asksForClients = true;
    }

    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
