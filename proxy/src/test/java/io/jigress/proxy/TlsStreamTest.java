package io.jigress.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jigress.config.ApplicationProtocol;
import io.jigress.config.ClientCertificates;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.PersistentMap;
import io.jigress.config.Route;
import io.jigress.config.StreamRoute;
import io.jigress.config.TlsSettings;
import io.jigress.config.TlsStreams;
import io.jigress.config.TlsVersion;
import io.jigress.config.Traffic;
import io.jigress.config.VirtualHost;
import io.jigress.proxy.tls.CertificateMaker.Made;
import io.jigress.testkit.TestUpstream;
import io.jigress.testkit.Variants;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;

/// TLS connections by server name: passed through unread, and terminated and passed on as TCP streams, beside HTTPS on the same port.
@ParameterizedClass(name = "{0}")
@Variants({"boringssl", "jdk"})
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class TlsStreamTest {
    private final String engine;

    TlsStreamTest(String engine) {
        this.engine = engine;
    }

    private static TlsStreams passthrough(String pattern, String cluster) {
        return new TlsStreams("s/" + pattern, false, StreamGateway.routes(pattern, cluster));
    }

    private static TlsStreams terminated(String pattern, String cluster) {
        return new TlsStreams("s/" + pattern, true, StreamGateway.routes(pattern, cluster));
    }

    private static TlsSettings settings(String pattern, ClientCertificates clients) {
        return new TlsSettings("s/" + pattern, List.of(TlsGateway.certificate("ns/" + pattern, TlsGateway.made(pattern))),
                TlsVersion.TLS_1_2, TlsVersion.TLS_1_3, List.of(), List.<ApplicationProtocol>of(), clients);
    }

    /// `pass.test` is passed through to a TLS server, `end.test` terminated and echoed, `web.test` HTTPS.
    private StreamGateway gateway(TcpServer passed, TcpServer ended, TestUpstream web) {
        Route route = GatewayUnderTest.forward("all", "/", "web");
        Traffic.Http http = new Traffic.Http(PersistentMap.<String, VirtualHost>empty().with("web.test",
                new VirtualHost("web.test",
                        "s/web.test", PersistentMap.<String, Route>empty().with("all", route), VirtualHost.OnMiss.NEXT_HOST,
                        List.of())));
        return new StreamGateway(ProxySettings.DEFAULT.withTlsEngine(engine))
                .with(StreamGateway.cluster("passed", passed.address())).with(StreamGateway.cluster("ended", ended.address()))
                .with(GatewayUnderTest.cluster("web", ConnectionLimits.DEFAULT, web.address()))
                .tls(PersistentMap.<String, TlsSettings>empty().with("end.test", settings("end.test", ClientCertificates.NONE))
                        .with("web.test", TlsGateway.settings("s/web.test",
                                TlsGateway.certificate("ns/web.test", TlsGateway.made("web.test")))),
                        PersistentMap.<String, TlsStreams>empty().with("*.test", passthrough("pass.test", "passed"))
                                .with("end.test", terminated("end.test", "ended")),
                        http)
                .apply();
    }

    /// A TLS server with a certificate for `pass.test`, which tells its name and then echoes.
    private static TcpServer tlsServer() throws IOException {
        Made made = TlsGateway.made("pass.test");
        SSLContext context = TlsGateway.client(made);
        return TcpServer.start(socket -> {
            SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(socket, null, true);
            tls.setUseClientMode(false);
            tls.getOutputStream().write("passed\n".getBytes(ISO_8859_1));
            tls.getInputStream().transferTo(tls.getOutputStream());
            tls.close();
        });
    }

    /// Without sessions of other names: the JDK would name their server again.
    private static SSLContext client() {
        return TlsGateway.client(null);
    }

    private static void echo(Socket socket) throws IOException {
        socket.getInputStream().transferTo(socket.getOutputStream());
    }

    @Test
    void theServerNameDecidesBetweenPassthroughTerminatedStreamsAndHttps() throws IOException {
        try (TcpServer passed = tlsServer();
                TcpServer ended = TcpServer.start(TlsStreamTest::echo);
                TestUpstream web = TestUpstream.echo("web");
                StreamGateway gateway = gateway(passed, ended, web)) {
            try (TlsSocket through = TlsSocket.connect(client(), gateway.port(), "pass.test")) {
                assertEquals("passed\n", new String(through.socket.getInputStream().readNBytes(7), ISO_8859_1));
                through.send("hello");
                assertEquals("hello", new String(through.socket.getInputStream().readNBytes(5), ISO_8859_1));
            }
            try (TlsSocket stream = TlsSocket.connect(client(), gateway.port(), "end.test")) {
                stream.send("hello");
                assertEquals("hello", new String(stream.socket.getInputStream().readNBytes(5), ISO_8859_1));
                assertEquals("CN=end.test", stream.shown());
            }
            try (TlsSocket https = TlsSocket.connect(client(), gateway.port(), "web.test")) {
                assertTrue(https.get("web.test").startsWith("HTTP/1.1 200"));
            }
            for (String unknown : List.of("other.test", "elsewhere.example", "")) {
                assertThrows(IOException.class, () -> TlsSocket.connect(client(), gateway.port(), unknown), unknown);
            }
            assertEquals(3, gateway.metric("jigress_tls_handshake_failures_total{reason=\"unknown_server_name\"}"));
            gateway.awaitOpen("passed", "tls", 0);
            gateway.awaitOpen("ended", "tls", 0);
            List<String> log = gateway.closeAndReadLog();
            assertTrue(log.stream().anyMatch(line -> line.contains("\"protocol\":\"TLS\"")
                    && line.contains("\"server_name\":\"pass.test\"") && line.contains("\"closed_by\":\"client\"")),
                    log.toString());
        }
    }

    /// Netty's engine of BoringSSL ends both directions with the close_notify of the client.
    @Test
    void aTerminatedStreamCarriesTheEndOfEachDirectionWithTheEngineOfTheJdk() throws IOException {
        boolean answered = engine.equals("jdk");
        try (TcpServer passed = tlsServer(); TcpServer ended = TcpServer.start(socket -> {
            byte[] all = socket.getInputStream().readAllBytes();
            socket.getOutputStream().write(("got " + all.length).getBytes(ISO_8859_1));
        });
                TestUpstream web = TestUpstream.echo("web");
                StreamGateway gateway = gateway(passed, ended, web);
                TlsSocket stream = TlsSocket.connect(TlsGateway.client(null), gateway.port(), "end.test", "TLSv1.3")) {
            stream.socket.getOutputStream().write(new byte[300_000]);
            stream.socket.shutdownOutput();
            assertEquals(answered ? "got 300000" : "", new String(stream.socket.getInputStream().readAllBytes(), ISO_8859_1));
            gateway.awaitOpen("ended", "tls", 0);
            String line = gateway.closeAndReadLog().getFirst();
            assertTrue(line.contains("\"bytes_received\":300000") && line.contains("\"closed_by\":\"client\""), line);
        }
    }

    @Test
    void aFragmentedClientHelloIsPassedOnWhole() throws IOException {
        try (TcpServer passed = tlsServer();
                TcpServer ended = TcpServer.start(TlsStreamTest::echo);
                TestUpstream web = TestUpstream.echo("web");
                StreamGateway gateway = gateway(passed, ended, web);
                TcpServer splitter = TcpServer.start(socket -> {
                    try (Socket to = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
                        to.setTcpNoDelay(true);
                        Thread back = Thread.ofVirtual().start(() -> {
                            try {
                                to.getInputStream().transferTo(socket.getOutputStream());
                            } catch (IOException _) {
                                // The end of the test.
                            }
                        });
                        for (int next = socket.getInputStream().read(); next >= 0; next = socket.getInputStream().read()) {
                            to.getOutputStream().write(next);
                        }
                        to.shutdownOutput();
                        back.join();
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                });
                TlsSocket client = TlsSocket.connect(TlsGateway.client(null), splitter.address().getPort(), "pass.test")) {
            assertEquals("passed\n", new String(client.socket.getInputStream().readNBytes(7), ISO_8859_1));
        }
    }

    @Test
    void aSectionWithoutARouteRefusesAndARouteThatComesServes() throws IOException {
        SSLContext client = TlsGateway.client(null);
        try (TcpServer passed = tlsServer();
                StreamGateway gateway = new StreamGateway(ProxySettings.DEFAULT.withTlsEngine(engine))
                        .with(StreamGateway.cluster("passed", passed.address()))) {
            PersistentMap<String, TlsSettings> none = PersistentMap.empty();
            Traffic.Http noHttp = new Traffic.Http(PersistentMap.empty());
            PersistentMap<String, StreamRoute> noRoutes = PersistentMap.empty();
            gateway.tls(none, PersistentMap.<String, TlsStreams>empty().with("*", new TlsStreams("s/*", false, noRoutes)), noHttp)
                    .apply();
            assertThrows(IOException.class, () -> TlsSocket.connect(client, gateway.port(), "pass.test"));
            gateway.tls(none, PersistentMap.<String, TlsStreams>empty().with("*",
                    new TlsStreams("s/*", false, StreamGateway.routes("*.test", "passed"))), noHttp).apply();
            try (TlsSocket through = TlsSocket.connect(client, gateway.port(), "pass.test")) {
                assertEquals("passed\n", new String(through.socket.getInputStream().readNBytes(7), ISO_8859_1));
            }
        }
    }

    @Test
    void aTerminatedStreamMayRequireAClientCertificate() throws IOException {
        ClientCertificates required = new ClientCertificates(ClientCertificates.Mode.REQUIRED, TlsGateway.CA.text(), false);
        try (TcpServer ended = TcpServer.start(TlsStreamTest::echo);
                StreamGateway gateway = new StreamGateway(ProxySettings.DEFAULT.withTlsEngine(engine))
                        .with(StreamGateway.cluster("ended", ended.address()))
                        .tls(PersistentMap.<String, TlsSettings>empty().with("end.test", settings("end.test", required)),
                                PersistentMap.<String, TlsStreams>empty().with("end.test", terminated("end.test", "ended")),
                                new Traffic.Http(PersistentMap.empty()))
                        .apply()) {
            assertThrows(IOException.class, () -> {
                try (TlsSocket without = TlsSocket.connect(TlsGateway.client(null), gateway.port(), "end.test")) {
                    without.send("x");
                    if (without.socket.getInputStream().read() < 0) {
                        throw new IOException("closed");
                    }
                }
            });
            try (TlsSocket with = TlsSocket.connect(TlsGateway.client(TlsGateway.made("client.test")), gateway.port(),
                    "end.test")) {
                with.send("x");
                assertEquals('x', with.socket.getInputStream().read());
            }
            assertEquals(1, ended.connections());
        }
    }
}
