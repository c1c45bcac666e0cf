package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.config.ApplicationProtocol;
import io.jigress.config.ClientCertificates;
import io.jigress.config.ClientCertificates.Mode;
import io.jigress.config.SecretText;
import io.jigress.config.TlsCertificate;
import io.jigress.config.TlsSettings;
import io.jigress.config.TlsVersion;
import io.jigress.proxy.exchange.ClientSettings;
import io.jigress.proxy.exchange.ConnectionSettings;
import io.jigress.proxy.exchange.HandshakeLimits;
import io.jigress.proxy.http2.Http2Limits;
import io.jigress.proxy.http2.Http2Settings;
import io.jigress.proxy.tls.CertificateMaker;
import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateMaker.Made;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.Reply;
import io.jigress.testkit.Variants;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.opentest4j.TestAbortedException;

/// A listener that terminates TLS, with clients of the JDK, curl and OpenSSL.
@ParameterizedClass(name = "{0}")
@Variants({"boringssl", "jdk"})
class TlsTest {
    private final String engine;
    @TempDir private Path folder;

    TlsTest(String engine) {
        this.engine = engine;
    }

    private String run(String... command) throws Exception {
        if (!Files.exists(Path.of("/usr/bin", command[0]))) {
            throw new TestAbortedException("this machine has no " + command[0]);
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectInput(folder.resolve("input").toFile())
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return output;
    }

    private void input(String text) throws IOException {
        Files.writeString(folder.resolve("input"), text);
        Files.writeString(folder.resolve("ca.pem"), TlsGateway.CA.text());
    }

    private String curl(TlsGateway gateway, String host, String... options) throws Exception {
        input("");
        List<String> command = new ArrayList<>(
                List.of("curl", "-sS", "--max-time", "10", "--cacert", folder.resolve("ca.pem").toString(),
                        "--resolve", host + ":" + gateway.port() + ":127.0.0.1"));
        command.addAll(List.of(options));
        command.add("https://" + host + ":" + gateway.port() + "/");
        return run(command.toArray(new String[0]));
    }

    private String openssl(TlsGateway gateway, String name, String... options) throws Exception {
        input("GET / HTTP/1.1\r\nhost: " + name + "\r\nconnection: close\r\n\r\n");
        List<String> command = new ArrayList<>(
                List.of("openssl", "s_client", "-connect", "127.0.0.1:" + gateway.port(), "-CAfile",
                        folder.resolve("ca.pem").toString(), "-ign_eof"));
        command.addAll(name.isEmpty() ? List.of("-noservername") : List.of("-servername", name));
        command.addAll(List.of(options));
        return run(command.toArray(new String[0]));
    }

    @Test
    void curlIsServedByBothVersions() throws Exception {
        try (TlsGateway gateway = new TlsGateway(engine).with("shop.test")) {
            assertThat(gateway.apply().faults()).isEmpty();
            assertThat(curl(gateway, "shop.test", "-i", "--http1.1")).contains("HTTP/1.1 200").contains("\"upstream\":\"up\"");
            assertThat(curl(gateway, "shop.test", "--tls-max", "1.2", "--http1.1")).contains("\"upstream\":\"up\"");
            assertThat(gateway.metric("jigress_tls_handshakes_total")).isEqualTo(2);
            List<ReceivedRequest> seen = gateway.upstream.awaitRequests(2);
            assertThat(seen.getFirst().headers().first("x-forwarded-proto")).isEqualTo("https");
            List<String> log = gateway.closeAndReadLog();
            assertThat(log.getFirst()).contains("\"scheme\":\"https\"").contains("\"tls_version\":\"TLSv1.3\"")
                    .contains("\"server_name\":\"shop.test\"");
            assertThat(log.getLast()).contains("\"tls_version\":\"TLSv1.2\"")
                    .contains("\"tls_cipher\":\"TLS_ECDHE_ECDSA_WITH_AES_");
        }
    }

    @Test
    void alpnChoosesHttp2() throws Exception {
        try (TlsGateway gateway = new TlsGateway(engine).with("a.test").with("b.test")) {
            gateway.apply();
            assertThat(curl(gateway, "a.test", "-i", "--http2")).startsWith("HTTP/2 200").contains("\"upstream\":\"up\"");
            assertThat(curl(gateway, "a.test", "-i", "--http2", "--tls-max", "1.2")).startsWith("HTTP/2 200");
            assertThat(curl(gateway, "a.test", "-i", "--no-alpn")).startsWith("HTTP/1.1 200");
            assertThat(curl(gateway, "a.test", "-i", "--http2", "-H", "Host: b.test")).startsWith("HTTP/2 421");
            assertThat(curl(gateway, "a.test", "-i", "--http2", "-H", "Host: c.test")).startsWith("HTTP/2 404");
            assertThat(gateway.upstream.awaitRequests(3)).allSatisfy(
                    seen -> assertThat(seen.headers().first("x-forwarded-proto")).isEqualTo("https"));
            assertThat(gateway.closeAndReadLog().getFirst()).contains("\"protocol\":\"HTTP/2\"").contains("\"scheme\":\"https\"")
                    .contains("\"server_name\":\"a.test\"");
        }
    }

    @Test
    void aListenerMayOfferFewerProtocols() throws Exception {
        TlsCertificate certificate = TlsGateway.certificate("ns/a", TlsGateway.made("a.test", "b.test"));
        try (TlsGateway gateway = new TlsGateway(engine)
                .with("a.test", offering("s/a", certificate, ApplicationProtocol.HTTP_1_1))
                .with("b.test", offering("s/b", certificate, ApplicationProtocol.HTTP_2))) {
            gateway.apply();
            assertThat(curl(gateway, "a.test", "-i", "--http2")).startsWith("HTTP/1.1 200");
            assertThat(curl(gateway, "b.test", "-i", "--http2")).startsWith("HTTP/2 200");
            assertThat(openssl(gateway, "b.test", "-alpn", "http/1.1")).contains("alert number 120");
            gateway.awaitFailures("no_shared_protocol", 1);
            assertThat(openssl(gateway, "a.test", "-alpn", "imap,h2")).contains("alert number 120");
            gateway.awaitFailures("no_shared_protocol", 2);
        }
    }

    private static TlsSettings offering(String section, TlsCertificate certificate, ApplicationProtocol... protocols) {
        return new TlsSettings(section, List.of(certificate), TlsVersion.TLS_1_2, TlsVersion.TLS_1_3, List.of(),
                List.of(protocols), ClientCertificates.NONE);
    }

    @Test
    void http2MayBeTurnedOff() throws Exception {
        ProxySettings off = ProxySettings.DEFAULT.withHttp2(new Http2Settings(false, Http2Limits.DEFAULT));
        try (TlsGateway gateway = new TlsGateway(off.withTlsEngine(engine)).with("a.test")) {
            gateway.apply();
            assertThat(curl(gateway, "a.test", "-i", "--http2")).startsWith("HTTP/1.1 200");
            assertThat(openssl(gateway, "a.test", "-alpn", "h2")).contains("alert number 120");
        }
    }

    @Test
    void theClientOfTheJdkIsServed() throws Exception {
        try (TlsGateway gateway = new TlsGateway(engine).with("*",
                TlsGateway.settings("s", TlsGateway.certificate("ns/s", TlsGateway.made("localhost"))))) {
            gateway.apply();
            try (HttpClient client = HttpClient.newBuilder().sslContext(TlsGateway.client(null)).build()) {
                HttpResponse<String> response = client.send(
                        HttpRequest.newBuilder(URI.create("https://localhost:" + gateway.port() + "/"))
                                .POST(HttpRequest.BodyPublishers.ofString("x".repeat(100_000))).build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(response.statusCode()).isEqualTo(200);
                assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
                assertThat(response.body()).contains("x".repeat(100_000));
            }
        }
    }

    /// A response that is larger than all buffers in between, for a client that pauses.
    @Test
    @Tag("suite")
    void aLargeResponseReachesASlowClientWhole() throws Exception {
        int length = 20_000_000;
        try (TlsGateway gateway = new TlsGateway(engine).with("a.test")) {
            gateway.upstream.handler(call -> {
                call.request();
                call.write(Reply.ok("x".repeat(length)));
            });
            gateway.apply();
            try (TlsSocket client = TlsSocket.connect(TlsGateway.client(null), gateway.port(), "a.test")) {
                client.send("GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
                gateway.upstream.awaitRequests(1);
                assertThat(client.response()).hasSizeGreaterThan(length).endsWith("x");
                assertThat(client.get("a.test")).hasSizeGreaterThan(length);
            }
        }
    }

    @Test
    void theServerNameChoosesTheCertificate() throws Exception {
        try (TlsGateway gateway = new TlsGateway(engine).with("a.test").with("*.test").with("*.deep.test").with("*")) {
            gateway.apply();
            assertThat(shown(gateway, "a.test")).isEqualTo("CN=a.test");
            assertThat(shown(gateway, "A.TEST")).isEqualTo("CN=a.test");
            assertThat(shown(gateway, "b.test")).isEqualTo("CN=*.test");
            assertThat(shown(gateway, "x.y.test")).isEqualTo("CN=*.test");
            assertThat(shown(gateway, "x.deep.test")).isEqualTo("CN=*.deep.test");
            assertThat(shown(gateway, "elsewhere.example")).isEqualTo("CN=default.test");
            assertThat(shown(gateway, "")).isEqualTo("CN=default.test");
        }
    }

    private static String shown(TlsGateway gateway, String name) throws IOException {
        try (TlsSocket client = TlsSocket.connect(TlsGateway.client(null), gateway.port(), name)) {
            return client.shown();
        }
    }

    @Test
    void aNameThatNoSectionHasIsRefusedWithAnAlert() throws Exception {
        try (TlsGateway gateway = new TlsGateway(engine).with("a.test")) {
            gateway.apply();
            assertThat(openssl(gateway, "b.test")).containsIgnoringCase("unrecognized name");
            assertThatThrownBy(() -> shown(gateway, "")).isInstanceOf(SSLException.class);
            gateway.awaitFailures("unknown_server_name", 2);
            assertThat(shown(gateway, "a.test")).isEqualTo("CN=a.test");
        }
    }

    @Test
    void theClientsAlgorithmsChooseBetweenRsaAndEcdsa() throws Exception {
        Made rsa = TlsGateway.MAKER.certificate(List.of("a.test"), KeyKind.RSA, TlsGateway.CA);
        try (TlsGateway gateway = new TlsGateway(engine).with("*", TlsGateway.settings("s", TlsGateway.certificate("ns/rsa", rsa),
                TlsGateway.certificate("ns/ec", TlsGateway.made("a.test")),
                TlsGateway.certificate("ns/other", TlsGateway.made("b.test"))))) {
            gateway.apply();
            assertThat(openssl(gateway, "a.test")).contains("Peer signature type: ECDSA");
            assertThat(openssl(gateway, "a.test", "-sigalgs", "RSA-PSS+SHA256")).contains("Peer signature type: RSA-PSS");
            assertThat(openssl(gateway, "a.test", "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")).contains("CN = a.test")
                    .contains("ECDHE-RSA-AES128-GCM-SHA256");
            assertThat(openssl(gateway, "a.test", "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"))
                    .contains("ECDHE-ECDSA-AES128-GCM-SHA256");
            assertThat(openssl(gateway, "b.test")).contains("CN = b.test");
            assertThat(openssl(gateway, "c.test")).contains("CN = a.test").contains("Peer signature type: ECDSA");
        }
    }

    @Test
    void anOcspResponseIsStapledByBoringssl() throws Exception {
        Made made = TlsGateway.made("a.test");
        // The shortest OCSP response: unauthorized.
        String response = Base64.getEncoder().encodeToString(new byte[] {0x30, 3, 0x0a, 1, 6});
        try (TlsGateway gateway = new TlsGateway(engine).with("a.test", TlsGateway.settings("s",
                new TlsCertificate.Pem("ns/s", made.chain(), new SecretText(made.keyText()), response)))) {
            gateway.apply();
            assertThat(openssl(gateway, "a.test", "-status")).contains("HTTP/1.1 200").contains(
                    engine.equals("boringssl") ? "OCSP Response Status: unauthorized" : "OCSP response: no response sent");
        }
    }

    @Test
    void aReplacedCertificateClosesNothing() throws Exception {
        try (TlsGateway gateway = new TlsGateway(engine).with("a.test", TlsGateway.settings("s",
                TlsGateway.certificate("ns/s", TlsGateway.made("a.test", "first.test"))))) {
            gateway.apply();
            try (TlsSocket before = TlsSocket.connect(TlsGateway.client(null), gateway.port(), "a.test")) {
                assertThat(before.get("a.test")).startsWith("HTTP/1.1 200");
                gateway.with("a.test",
                        TlsGateway.settings("s", TlsGateway.certificate("ns/s", TlsGateway.made("second.test", "a.test"))))
                        .apply();
                assertThat(before.get("a.test")).startsWith("HTTP/1.1 200");
                assertThat(shown(gateway, "a.test")).isEqualTo("CN=second.test");
                assertThat(before.get("a.test")).startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void aCertificateThatCannotBeUsedLeavesTheLastOne() throws Exception {
        try (TlsGateway gateway = new TlsGateway(engine).with("a.test")) {
            gateway.apply();
            gateway.with("a.test", TlsGateway.settings("s/a.test", new TlsCertificate.Broken("ns/a.test"))).apply();
            assertThat(shown(gateway, "a.test")).isEqualTo("CN=a.test");
            Made expired = new CertificateMaker(TlsGateway.NOW.minus(2, ChronoUnit.HOURS),
                    TlsGateway.NOW.minus(1, ChronoUnit.HOURS))
                    .certificate(List.of("expired.test"), KeyKind.ECDSA, TlsGateway.CA);
            gateway.with("a.test", TlsGateway.settings("s/a.test", TlsGateway.certificate("ns/a.test", expired))).apply();
            assertThat(shown(gateway, "a.test")).isEqualTo("CN=a.test");
            gateway.with("a.test",
                    TlsGateway.settings("s/a.test", TlsGateway.certificate("ns/a.test", TlsGateway.made("next.test"))))
                    .apply();
            assertThat(shown(gateway, "a.test")).isEqualTo("CN=next.test");
            gateway.with("b.test", TlsGateway.settings("s/b.test", new TlsCertificate.Broken("ns/b.test"))).apply();
            assertThatThrownBy(() -> shown(gateway, "b.test")).isInstanceOf(SSLException.class);
            gateway.awaitFailures("no_certificate", 1);
        }
    }

    @Test
    void anAuthorityOfAnotherSectionIsMisdirected() throws Exception {
        try (TlsGateway gateway = new TlsGateway(engine).with("a.test").with("*.test")) {
            gateway.apply();
            try (TlsSocket client = TlsSocket.connect(TlsGateway.client(null), gateway.port(), "a.test")) {
                assertThat(client.get("a.test:443")).startsWith("HTTP/1.1 200");
                assertThat(client.get("b.test")).startsWith("HTTP/1.1 421");
                assertThat(client.get("a.example")).startsWith("HTTP/1.1 404");
                assertThat(client.get("a.test")).startsWith("HTTP/1.1 200");
            }
            try (TlsSocket client = TlsSocket.connect(TlsGateway.client(null), gateway.port(), "c.test")) {
                assertThat(client.get("d.test")).startsWith("HTTP/1.1 200");
                assertThat(client.get("a.test")).startsWith("HTTP/1.1 421");
            }
            assertThat(gateway.closeAndReadLog()).filteredOn(line -> line.contains("\"status\":421"))
                    .allMatch(line -> line.contains("\"flag\":\"MD\"") && line.contains("\"reason\":\"misdirected\"")).hasSize(2);
        }
    }

    @Test
    void aClientsCertificateIsVerifiedAndForwarded() throws Exception {
        Made own = TlsGateway.MAKER.certificate(List.of("client.test"), KeyKind.ECDSA, TlsGateway.CA);
        Made stranger = TlsGateway.MAKER.certificate(List.of("client.test"), KeyKind.ECDSA,
                TlsGateway.MAKER.authority("another CA"));
        ClientCertificates required = new ClientCertificates(Mode.REQUIRED, TlsGateway.CA.text(), true);
        ClientCertificates any = new ClientCertificates(Mode.UNVERIFIED, TlsGateway.CA.text(), true);
        try (TlsGateway gateway = new TlsGateway(engine)
                .with("a.test", TlsGateway.settings("a", required, TlsGateway.certificate("ns/a", TlsGateway.made("a.test"))))
                .with("any.test", TlsGateway.settings("any", any, TlsGateway.certificate("ns/any", TlsGateway.made("any.test"))))
                .with("*")) {
            assertThat(gateway.apply().faults()).isEmpty();
            try (TlsSocket client = TlsSocket.connect(TlsGateway.client(own), gateway.port(), "a.test")) {
                String echo = client.get("a.test", "client-cert: :forged:", "x-forwarded-client-cert: forged");
                assertThat(echo).startsWith("HTTP/1.1 200").doesNotContain("forged").contains("Subject=\\\"CN=client.test\\\"")
                        .contains("[\"x-client-cert-verified\",\"true\"]").contains("[\"client-cert\",\":MII");
                assertThat(client.get("b.test")).startsWith("HTTP/1.1 421");
            }
            assertThatThrownBy(() -> requested(gateway, null, "a.test", "TLSv1.3")).isInstanceOf(IOException.class);
            gateway.awaitFailures("client_certificate_missing", 1);
            assertThatThrownBy(() -> requested(gateway, null, "a.test", "TLSv1.2")).isInstanceOf(IOException.class);
            gateway.awaitFailures("client_certificate_missing", 2);
            // The JDK's client does not send a certificate whose issuer the server does not name.
            Files.writeString(folder.resolve("stranger.pem"), stranger.chain() + stranger.keyText());
            String certificate = folder.resolve("stranger.pem").toString();
            assertThat(openssl(gateway, "a.test", "-cert", certificate)).doesNotContain("HTTP/1.1 200");
            gateway.awaitFailures("client_certificate_invalid", 1);
            assertThat(openssl(gateway, "any.test", "-cert", certificate))
                    .contains("[\"x-client-cert-verified\",\"false\"]");
            assertThat(requested(gateway, null, "any.test", "TLSv1.3")).doesNotContain("client-cert");
            assertThat(requested(gateway, null, "other.test", "TLSv1.3")).doesNotContain("client-cert");
            try (TlsSocket client = TlsSocket.connect(TlsGateway.client(null), gateway.port(), "other.test")) {
                assertThat(client.get("a.test")).startsWith("HTTP/1.1 421");
            }
        }
    }

    private static String requested(TlsGateway gateway, Made own, String name, String version) throws IOException {
        try (TlsSocket client = TlsSocket.connect(TlsGateway.client(own), gateway.port(), name, version)) {
            return client.get(name, "client-cert-chain: forged");
        }
    }

    /// The alert shows a client what is wrong with its certificate.
    @Test
    void aClientThatIsRefusedIsToldWhy() throws Exception {
        Made stranger = TlsGateway.MAKER.certificate(List.of("client.test"), KeyKind.ECDSA,
                TlsGateway.MAKER.authority("another CA"));
        Made old = new CertificateMaker(TlsGateway.NOW.minus(3, ChronoUnit.DAYS), TlsGateway.NOW.minus(1, ChronoUnit.DAYS))
                .certificate(List.of("client.test"), KeyKind.ECDSA, null);
        ClientCertificates required = new ClientCertificates(Mode.REQUIRED, TlsGateway.CA.text() + old.text(), true);
        try (TlsGateway gateway = new TlsGateway(engine).with("a.test",
                TlsGateway.settings("a", required, TlsGateway.certificate("ns/a", TlsGateway.made("a.test"))))) {
            gateway.apply();
            for (Made refused : List.of(stranger, old)) {
                Files.writeString(folder.resolve("own.pem"), refused.chain() + refused.keyText());
                // unknown_ca, certificate_expired; the JDK's is certificate_unknown
                assertThat(openssl(gateway, "a.test", "-tls1_2", "-cert", folder.resolve("own.pem").toString()))
                        .containsPattern("alert number (45|46|48)").doesNotContain("HTTP/1.1 200");
            }
            gateway.awaitFailures("client_certificate_invalid", 2);
        }
    }

    /// See HeapRecords: the buffer that the JDK's engine clears when a record is forged.
    @Test
    void aForgedRecordChangesNothingThatCameBefore() throws Exception {
        for (String version : List.of("TLSv1.2", "TLSv1.3")) {
            try (TlsGateway gateway = new TlsGateway(engine).with("a.test");
                    Socket raw = new Socket(InetAddress.getLoopbackAddress(),
                            gateway.apply().faults().isEmpty() ? gateway.port() : 0);
                    SSLSocket client = (SSLSocket) TlsGateway.client(null).getSocketFactory().createSocket(raw, "a.test", 0,
                            true)) {
                client.setEnabledProtocols(new String[] {version});
                client.getOutputStream().write("POST /forged HTTP/1.1\r\nhost: a.test\r\ncontent-length: 9\r\n\r\nhello"
                        .getBytes(StandardCharsets.US_ASCII));
                raw.getOutputStream()
                        .write(HexFormat.of().parseHex("170303002800112233445566778899aabbccddeeff00112233445566778899"
                                + "aabbccddeeff00112233445566778899"));
                raw.shutdownOutput();
                assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(IOException.class);
                GatewayUnderTest.await(() -> gateway.metric("jigress_connections_closed_total") == 1,
                        () -> "the end of the connection");
                assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("/forged")
                        .doesNotContain("\"status\":400");
            }
        }
    }

    @Test
    void aTicketResumesOnItsOwnSectionOnly() throws Exception {
        ClientCertificates required = new ClientCertificates(Mode.REQUIRED, TlsGateway.CA.text(), true);
        Made own = TlsGateway.MAKER.certificate(List.of("client.test"), KeyKind.ECDSA, TlsGateway.CA);
        Files.writeString(folder.resolve("own.pem"), own.chain() + own.keyText());
        String session = folder.resolve("session").toString();
        String certificate = folder.resolve("own.pem").toString();
        try (TlsGateway gateway = new TlsGateway(engine)
                .with("a.test", TlsGateway.settings("a", required, TlsGateway.certificate("ns/a", TlsGateway.made("a.test"))))
                .with("b.test")) {
            gateway.apply();
            for (String version : List.of("-tls1_3", "-tls1_2")) {
                String first = openssl(gateway, "a.test", version, "-cert", certificate, "-sess_out", session);
                assertThat(first).contains("New, TLS").contains("HTTP/1.1 200");
                assertThat(openssl(gateway, "a.test", version, "-cert", certificate, "-sess_in", session)).contains("Reused, TLS")
                        .contains("HTTP/1.1 200").contains("CN=client.test");
                assertThat(openssl(gateway, "b.test", version, "-cert", certificate, "-sess_in", session)).contains("New, TLS")
                        .contains("HTTP/1.1 200");
                // A replaced certificate keeps the tickets valid, except with the JDK's engine.
                gateway.with("a.test",
                        TlsGateway.settings("a", required, TlsGateway.certificate("ns/a", TlsGateway.made("a.test"))))
                        .apply();
                String after = openssl(gateway, "a.test", version, "-cert", certificate, "-sess_in", session);
                assertThat(after).contains(engine.equals("boringssl") ? "Reused, TLS" : "HTTP/1.1 200");
            }
            // Other CA certificates invalidate them.
            openssl(gateway, "a.test", "-cert", certificate, "-sess_out", session);
            ClientCertificates others = new ClientCertificates(Mode.REQUIRED,
                    TlsGateway.CA.text() + TlsGateway.MAKER.authority("another CA").text(), true);
            gateway.with("a.test", TlsGateway.settings("a", others, TlsGateway.certificate("ns/a", TlsGateway.made("a.test"))))
                    .apply();
            assertThat(openssl(gateway, "a.test", "-cert", certificate, "-sess_in", session)).contains("New, TLS");
        }
    }

    @Test
    void theKeysOfTicketsAreKeptForOneMoreRotation() throws Exception {
        String session = folder.resolve("session").toString();
        try (TlsGateway gateway = new TlsGateway(engine).with("a.test")) {
            gateway.apply();
            openssl(gateway, "a.test", "-sess_out", session);
            gateway.gateway.rotateTickets();
            assertThat(openssl(gateway, "a.test", "-sess_in", session)).contains("Reused, TLS");
            gateway.gateway.rotateTickets();
            // The JDK rotates its keys itself.
            assertThat(openssl(gateway, "a.test", "-sess_in", session))
                    .contains(engine.equals("boringssl") ? "New, TLS" : "Reused, TLS");
        }
    }

    @Test
    void oneHandshakeTooManyIsRefused() throws Exception {
        try (TlsGateway gateway = new TlsGateway(engine, new HandshakeLimits(Duration.ofSeconds(10), 16 * 1024, 0))
                .with("a.test")) {
            gateway.apply();
            assertThatThrownBy(() -> shown(gateway, "a.test")).isInstanceOf(SSLException.class);
            gateway.awaitFailures("overload", 1);
        }
    }

    @Test
    void anIdleConnectionOfADrainingListenerCloses() throws Exception {
        ConnectionSettings was = ClientSettings.DEFAULT.connections();
        ConnectionSettings quiet = new ConnectionSettings(was.clients(), was.upstreams(), Duration.ofMillis(200),
                was.answersHalfClosed(), was.tunnels(), was.queues());
        try (TlsGateway gateway = new TlsGateway(
                ProxySettings.DEFAULT.withTlsEngine(engine).withClients(ClientSettings.DEFAULT.withConnections(quiet)))
                .with("a.test")) {
            gateway.apply();
            try (TlsSocket idle = TlsSocket.connect(TlsGateway.client(null), gateway.port(), "a.test");
                    Socket silent = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
                assertThat(idle.get("a.test")).startsWith("HTTP/1.1 200");
                gateway.gateway.drain(Duration.ZERO, Duration.ofSeconds(10));
                assertThat(idle.socket.getInputStream().read()).isEqualTo(-1);
                assertThat(silent.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @Test
    void aConnectionInTheClearIsTold() throws Exception {
        try (TlsGateway gateway = new TlsGateway(engine).with("a.test")) {
            gateway.apply();
            input("");
            assertThat(run("curl", "-sS", "--max-time", "10", "-i", "http://127.0.0.1:" + gateway.port() + "/"))
                    .contains("HTTP/1.1 400").contains("speaks HTTPS");
            gateway.awaitFailures("not_tls", 1);
        }
    }

    @Test
    void whatIsNoClientHelloGetsAnAlert() throws Exception {
        try (TlsGateway gateway = new TlsGateway(engine).with("a.test");
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), start(gateway))) {
            socket.getOutputStream().write(new byte[] {22, 3, 1, 0, 2, 9, 9});
            assertThat(socket.getInputStream().readNBytes(7)).containsExactly(21, 3, 3, 0, 2, 2, 50);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            gateway.awaitFailures("malformed_hello", 1);
        }
    }

    private static int start(TlsGateway gateway) {
        gateway.apply();
        return gateway.port();
    }

    @Test
    void aHandshakeThatTakesTooLongEnds() throws Exception {
        try (TlsGateway gateway = new TlsGateway(engine, new HandshakeLimits(Duration.ofMillis(100), 1024, 10)).with("a.test");
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), start(gateway))) {
            socket.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1});
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            gateway.awaitFailures("timeout", 1);
            GatewayUnderTest.await(() -> gateway.metric("jigress_connections_open{loop=\"0\"}") == 0, () -> "no connection");
        }
    }

    @Test
    void aVersionThatTheListenerLacksIsRefused() throws Exception {
        try (TlsGateway gateway = new TlsGateway(engine).with("a.test")) {
            gateway.apply();
            openssl(gateway, "a.test", "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0");
            gateway.awaitFailures("no_shared_version", 1);
            openssl(gateway, "a.test", "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA");
            gateway.awaitFailures("no_shared_cipher", 1);
        }
    }

    @Test
    void aClientThatDoesNotTrustUsIsCounted() throws Exception {
        try (TlsGateway gateway = new TlsGateway(engine).with("a.test")) {
            gateway.apply();
            input("");
            assertThat(run("curl", "-sS", "--max-time", "10", "--resolve", "a.test:" + gateway.port() + ":127.0.0.1",
                    "https://a.test:" + gateway.port() + "/")).contains("certificate");
            gateway.awaitFailures("refused_by_client", 1);
        }
    }

    @Test
    void theEndOfAConnectionIsToldByCloseNotify() throws Exception {
        try (TlsGateway gateway = new TlsGateway(engine).with("a.test")) {
            gateway.apply();
            try (TlsSocket client = TlsSocket.connect(TlsGateway.client(null), gateway.port(), "a.test")) {
                assertThat(client.get("a.test", "connection: close")).startsWith("HTTP/1.1 200");
                // The JDK throws an exception if a connection ends without a close_notify.
                assertThat(client.socket.getInputStream().read()).isEqualTo(-1);
            }
        }
    }
}
