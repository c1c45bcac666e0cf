package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.ProxyProtocol;
import io.jigress.config.ApplicationProtocol;
import io.jigress.config.ClientCertificates;
import io.jigress.config.PersistentMap;
import io.jigress.config.ProxyProtocolInput;
import io.jigress.config.ProxyProtocolOutput;
import io.jigress.config.TlsSettings;
import io.jigress.config.TlsStreams;
import io.jigress.config.TlsVersion;
import io.jigress.config.Traffic;
import io.jigress.proxy.proxyprotocol.ProxyHeader;
import io.jigress.proxy.tls.CertificateMaker.Made;
import io.jigress.testkit.TestClient;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The PROXY protocol with connections that carry no HTTP, from proxies in front and to endpoints.
@Timeout(60)
class ProxyProtocolStreamTest {
    private static final String V1 = "PROXY TCP4 192.0.2.1 198.51.100.2 56324 3306\r\n";

    @TempDir private Path folder;
    private final BlockingQueue<ProxyProtocol> headers = new LinkedBlockingQueue<>();

    private static StreamGateway gateway() {
        return new StreamGateway(ProxySettings.DEFAULT.withTrustedProxies(List.of("127.0.0.0/8")));
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String read(Socket socket, int bytes) throws IOException {
        return new String(socket.getInputStream().readNBytes(bytes), StandardCharsets.ISO_8859_1);
    }

    /// Reads a header from a connection, and no byte more.
    private void takeHeader(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0; next = in.read()) {
            read.write(next);
            ProxyHeader header = ProxyHeader.read(Unpooled.wrappedBuffer(read.toByteArray()), 4096,
                    (InetSocketAddress) socket.getRemoteSocketAddress());
            if (header instanceof ProxyHeader.Complete complete) {
                headers.add(complete.facts());
                return;
            }
            assertThat(header).isNotInstanceOfAny(ProxyHeader.Absent.class, ProxyHeader.Invalid.class);
        }
    }

    private static void greet(Socket socket) throws IOException {
        write(socket, "5.7.44");
        socket.getInputStream().transferTo(socket.getOutputStream());
    }

    @Test
    void aServerMaySpeakFirstAfterTheHeader() throws IOException {
        try (TcpServer server = TcpServer.start(ProxyProtocolStreamTest::greet);
                StreamGateway gateway = gateway().proxyProtocol(ProxyProtocolInput.REQUIRED)
                        .with(StreamGateway.cluster("up", server.address())).tcp(StreamGateway.route("up")).apply()) {
            try (Socket client = gateway.connect()) {
                for (int i = 0; i < V1.length(); i++) {
                    write(client, V1.substring(i, i + 1));
                }
                assertThat(read(client, 6)).isEqualTo("5.7.44");
                write(client, "PING");
                assertThat(read(client, 4)).isEqualTo("PING");
            }
            try (Socket client = gateway.connect()) {
                write(client, V1 + "hello");
                assertThat(read(client, 11)).isEqualTo("5.7.44hello");
            }
            gateway.awaitOpen("up", "tcp", 0);
            assertThat(gateway.metric("jigress_connections_open{loop=\"0\"}")).isZero();
            assertThat(gateway.closeAndReadLog()).hasSize(2)
                    .allSatisfy(line -> assertThat(line).contains("\"client\":\"192.0.2.1\",\"proxy\":\"127.0.0.1\""));
        }
    }

    /// Whatever the client's first byte is, also the first of a header.
    @Test
    void whereItIsOptionalTheFirstBytesMayBeAnything() throws IOException {
        try (TcpServer server = TcpServer.start(ProxyProtocolStreamTest::greet);
                StreamGateway gateway = gateway().proxyProtocol(ProxyProtocolInput.OPTIONAL)
                        .with(StreamGateway.cluster("up", server.address())).tcp(StreamGateway.route("up")).apply()) {
            for (String text : List.of("PING", "hello", "\r\n\r\n.", V1 + "x")) {
                try (Socket client = gateway.connect()) {
                    write(client, text);
                    String rest = text.replace(V1, "");
                    assertThat(read(client, 6 + rest.length())).isEqualTo("5.7.44" + rest);
                }
            }
        }
    }

    @Test
    void anEndpointIsToldOfTheClientBeforeItsFirstByte() throws Exception {
        InetSocketAddress dead;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            dead = (InetSocketAddress) closed.getLocalSocketAddress();
        }
        try (TcpServer server = TcpServer.start(socket -> {
            takeHeader(socket);
            greet(socket);
        })) {
            for (ProxyProtocolOutput output : List.of(ProxyProtocolOutput.V1, ProxyProtocolOutput.V2)) {
                try (StreamGateway gateway = gateway().with(StreamGateway.cluster("up", dead, server.address()).with(output))
                        .tcp(StreamGateway.route("up")).apply()) {
                    for (int i = 0; i < 4; i++) {
                        try (Socket client = gateway.connect()) {
                            assertThat(read(client, 6)).isEqualTo("5.7.44");
                            write(client, "hello");
                            assertThat(read(client, 5)).isEqualTo("hello");
                            ProxyProtocol header = headers.take();
                            assertThat(header.source()).isEqualTo(client.getLocalSocketAddress());
                            assertThat(header.destination()).isEqualTo(client.getRemoteSocketAddress());
                            assertThat(header.tlvs()).isEmpty();
                        }
                    }
                    assertThat(headers).isEmpty();
                }
            }
        }
    }

    @Test
    void tlsThatIsPassedThroughFollowsBothHeaders() throws Exception {
        Made made = TlsGateway.made("pass.test");
        SSLContext context = TlsGateway.client(made);
        try (TcpServer server = TcpServer.start(socket -> {
            takeHeader(socket);
            SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(socket, null, true);
            tls.getInputStream().transferTo(tls.getOutputStream());
        });
                StreamGateway gateway = gateway().proxyProtocol(ProxyProtocolInput.REQUIRED)
                        .with(StreamGateway.cluster("up", server.address()).with(ProxyProtocolOutput.V2))
                        .tls(PersistentMap.empty(),
                                PersistentMap.<String, TlsStreams>empty().with("pass.test",
                                        new TlsStreams("s/pass", false, StreamGateway.routes("pass.test", "up"))),
                                new Traffic.Http(PersistentMap.empty()))
                        .apply();
                Socket raw = gateway.connect()) {
            write(raw, V1);
            try (TlsSocket client = TlsSocket.over(raw, TlsGateway.client(null), "pass.test")) {
                client.send("hello");
                assertThat(read(client.socket, 5)).isEqualTo("hello");
                ProxyProtocol header = headers.take();
                assertThat(header.source()).hasToString("/192.0.2.1:56324");
                assertThat(header.destination()).hasToString("/198.51.100.2:3306");
                assertThat(header.ssl()).isNull();
            }
        }
    }

    @Test
    void anEndpointIsToldOfTlsThatTheGatewayTerminates() throws Exception {
        Made own = TlsGateway.made("bob.test");
        ClientCertificates required = new ClientCertificates(ClientCertificates.Mode.REQUIRED, TlsGateway.CA.text(), false);
        TlsSettings settings = new TlsSettings("s/end.test",
                List.of(TlsGateway.certificate("ns/end.test", TlsGateway.made("end.test"))), TlsVersion.TLS_1_2,
                TlsVersion.TLS_1_3, List.of(), List.<ApplicationProtocol>of(), required);
        try (TcpServer server = TcpServer.start(socket -> {
            takeHeader(socket);
            greet(socket);
        });
                StreamGateway gateway = gateway()
                        .with(StreamGateway.cluster("up", server.address()).with(ProxyProtocolOutput.V2))
                        .tls(PersistentMap.<String, TlsSettings>empty().with("end.test", settings),
                                PersistentMap.<String, TlsStreams>empty().with("end.test",
                                        new TlsStreams("s/end.test", true, StreamGateway.routes("end.test", "up"))),
                                new Traffic.Http(PersistentMap.empty()))
                        .apply();
                TlsSocket client = TlsSocket.connect(TlsGateway.client(own), gateway.port(), "end.test")) {
            assertThat(read(client.socket, 6)).isEqualTo("5.7.44");
            ProxyProtocol header = headers.take();
            ProxyProtocol.Ssl ssl = header.ssl();
            assertThat(header.source()).isEqualTo(client.socket.getLocalSocketAddress());
            assertThat(header.authority()).isEqualTo("end.test");
            assertThat(ssl.verified()).isTrue();
            assertThat(ssl.version()).isEqualTo("TLSv1.3");
            assertThat(own.certificate().getSubjectX500Principal().getName()).contains("CN=" + ssl.commonName());
        }
    }

    @Test
    void betweenTwoHaproxies() throws IOException {
        try (HaproxyServer behind = HaproxyServer.start(folder, "accept-proxy", """
                mode http
                http-request return status 200 content-type text/plain lf-string "%[src]:%[src_port] %[dst]:%[dst_port]"
                """);
                StreamGateway gateway = gateway().proxyProtocol(ProxyProtocolInput.REQUIRED)
                        .with(StreamGateway.cluster("up", behind.address()).with(ProxyProtocolOutput.V2))
                        .tcp(StreamGateway.route("up")).apply();
                HaproxyServer front = HaproxyServer.start(folder, "",
                        "mode tcp\nserver gateway 127.0.0.1:" + gateway.port() + " send-proxy-v2");
                TestClient client = TestClient.connect(front.port())) {
            for (int i = 0; i < 2; i++) {
                assertThat(client.request("GET", "/").text())
                        .isEqualTo("127.0.0.1:" + client.localPort() + " 127.0.0.1:" + front.port());
            }
        }
    }
}
