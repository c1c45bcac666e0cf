package io.jigress.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.Reply;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Requests over an HTTPS connection for hosts of the other listeners of its port.
@Timeout(60)
class SharedTlsPortTest {
    private static final String SCENE = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: main}
            spec:
              gatewayClassName: jigress
              listeners:
                - {name: https, port: 8443, protocol: HTTPS, tls: {certificateRefs: [{name: shop-tls}]}}
                - {name: through, port: 8443, protocol: TLS, hostname: "*.db.example", tls: {mode: Passthrough}}
                - {name: ended, port: 8443, protocol: TLS, hostname: redis.example, tls: {certificateRefs: [{name: shop-tls}]}}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: all}
            spec:
              parentRefs: [{name: main, sectionName: https}]
              rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: up}]}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: a-db}
            spec:
              parentRefs: [{name: main, sectionName: https}]
              hostnames: [a.db.example]
              rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: up}]}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: TLSRoute
            metadata: {name: db}
            spec:
              parentRefs: [{name: main, sectionName: through}]
              hostnames: ["*.db.example"]
              rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: db}]}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: TLSRoute
            metadata: {name: redis}
            spec:
              parentRefs: [{name: main, sectionName: ended}]
              hostnames: [redis.example]
              rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: db}]}]
            ---
            apiVersion: jigress.io/v1
            kind: Backend
            metadata: {name: up}
            spec: {endpoints: [{address: 127.0.0.1, port: PORT}]}
            ---
            apiVersion: jigress.io/v1
            kind: Backend
            metadata: {name: db}
            spec: {protocol: tcp, endpoints: [{address: 127.0.0.1, port: PORT}]}
            """;
    private static final String HTTPS_ONLY = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: main}
            spec:
              gatewayClassName: jigress
              listeners:
                - {name: https, port: 8443, protocol: HTTPS, tls: {certificateRefs: [{name: shop-tls}]}}
            """;

    @TempDir private Path folder;

    @Test
    void aRequestForAHostOfAStreamIsMisdirected() throws Exception {
        ProcessRun made = new ProcessRun(folder);
        assertThat(made.run("cert", "new", "shop.example", "redis.example", "--secret", "shop-tls")).isZero();
        try (TestUpstream up = TestUpstream.answering(Reply.ok("hello"));
                TestGateway gateway = TestGateway.start(Map.of("ports.http", "8090")).apply(made.out())
                        .apply(SCENE.replace("PORT", Integer.toString(up.port())));
                SSLSocket connection = connect(gateway.port(8443), "shop.example")) {
            assertThat(status(connection, "shop.example")).isEqualTo("200");
            assertThat(status(connection, "orders.db.example")).as("of a TLS listener with passthrough").isEqualTo("421");
            assertThat(status(connection, "a.db.example")).as("though a route of the HTTPS listener has it").isEqualTo("421");
            assertThat(status(connection, "redis.example:8443")).as("of a terminated stream").isEqualTo("421");
            assertThat(status(connection, "db.example")).as("the star stands for a label").isEqualTo("200");
            assertThat(status(connection, "other.example")).isEqualTo("200");
            gateway.apply(HTTPS_ONLY);
            assertThat(status(connection, "orders.db.example")).as("without the other listeners").isEqualTo("200");
            assertThat(status(connection, "a.db.example")).as("without the other listeners").isEqualTo("200");
        }
    }

    private static String status(SSLSocket connection, String host) throws IOException {
        connection.getOutputStream().write(("GET / HTTP/1.1\r\nhost: " + host + "\r\n\r\n").getBytes(ISO_8859_1));
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = connection.getInputStream().read();
            if (next < 0) {
                throw new IOException("ended after: " + head);
            }
            head.append((char) next);
        }
        String lower = head.toString().toLowerCase(Locale.ROOT);
        int at = lower.indexOf("content-length: ") + "content-length: ".length();
        connection.getInputStream().readNBytes(Integer.parseInt(lower.substring(at, lower.indexOf('\r', at))));
        return head.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length());
    }

    private static SSLSocket connect(int port, String name) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Trusting()}, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(10_000);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    /// The certificate is not what is tested.
    private static final class Trusting extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type,
                SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type,
                SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
    }
}
