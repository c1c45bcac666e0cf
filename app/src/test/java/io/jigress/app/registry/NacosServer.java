package io.jigress.app.registry;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/// A real Nacos server in a JVM of its own, one without a login for all tests of this JVM, started when first used: version 3, or 2 with `-Djigress.test.nacos=2`.
///
/// Its gRPC port accepts connections with and without TLS.
///
/// Its jars come from Maven's repository. Where they are not available, the tests that need it are skipped, with the reason.
public final class NacosServer implements AutoCloseable {
    private static final long START_SECONDS = 180;
    private static final int PORTS = 1_100;
    /// A file for each port, locked by the process that uses it.
    private static final Path CLAIMS = Path.of(System.getProperty("java.io.tmpdir"), "jigress-test-ports");
    /// By port. A lock ends when any channel of its file is closed, so none is opened again.
    private static final Map<Integer, FileChannel> CLAIMED = new HashMap<>();
    private static final Shared SHARED = new Shared();

    /// The versions that the tests know.
    private enum Version {
        TWO("nacos2-server", "Nacos2Boot", "vip.xiaonuo.nacos:nacos-naming:2.3.1", """
                server.port=%d
                server.servlet.contextPath=/nacos
                spring.autoconfigure.exclude=\
                org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration,\
                org.springframework.boot.autoconfigure.security.servlet.SecurityAutoConfiguration,\
                org.springframework.boot.actuate.autoconfigure.security.servlet.ManagementWebSecurityAutoConfiguration
                """),
        THREE("nacos-server", "NacosBoot", "io.github.pig-mesh.nacos:nacos-server:3.1.0-bugfix", """
                nacos.server.main.port=%d
                nacos.server.contextPath=/nacos
                nacos.core.auth.admin.enabled=false
                nacos.k8s.sync.enabled=false
                spring.autoconfigure.exclude=org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration
                """);

        final String resources;
        final String boot;
        final String artifact;
        /// Of the server, with the port.
        final String settings;

        Version(String resources, String boot, String artifact, String settings) {
            this.resources = resources;
            this.boot = boot;
            this.artifact = artifact;
            this.settings = settings;
        }
    }

    private static final Version VERSION = System.getProperty("jigress.test.nacos", "3").equals("2")
            ? Version.TWO
            : Version.THREE;

    private final int port;
    private final Path home;
    private final String classPath;
    private final TestIdentity identity = TestIdentity.make();
    private final boolean guarded;
    private Process process;

    /// The one server, or the reason why it could not be started.
    private static final class Shared {
        private NacosServer server;
        private String obstacle;

        synchronized NacosServer get() {
            if (server == null && obstacle == null) {
                try {
                    Path home = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "nacos-server")
                            .toAbsolutePath();
                    NacosServer made = new NacosServer(freePort(), home,
                            ForkedServer.classPath(home, VERSION.resources, VERSION.boot), false);
                    Runtime.getRuntime().addShutdownHook(new Thread(made::close));
                    made.start();
                    server = made;
                } catch (IOException e) {
                    obstacle = "the Nacos server for tests (" + VERSION.artifact + ") cannot be had: " + e.getMessage();
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                    obstacle = "interrupted";
                }
            }
            Assumptions.assumeTrue(server != null, obstacle);
            return server;
        }
    }

    private NacosServer(int port, Path home, String classPath, boolean guarded) {
        this.port = port;
        this.home = home;
        this.classPath = classPath;
        this.guarded = guarded;
    }

    /// A server of its own that demands a login, without a user yet; ends with [#close]. Skips the test when there cannot be one.
    static NacosServer guarded() throws IOException, InterruptedException {
        assumeThree("logins");
        Path home = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "nacos-server").toAbsolutePath();
        String jars = "";
        try {
            jars = ForkedServer.classPath(home, VERSION.resources, VERSION.boot);
        } catch (IOException e) {
            Assumptions.abort("the Nacos server for tests (" + VERSION.artifact + ") cannot be had: " + e.getMessage());
        }
        NacosServer made = new NacosServer(freePort(), home, jars, true);
        Runtime.getRuntime().addShutdownHook(new Thread(made::close));
        made.start();
        return made;
    }

    /// Skips a test of what only Nacos 3 has.
    static void assumeThree(String what) {
        Assumptions.assumeTrue(VERSION == Version.THREE, what + " need Nacos 3");
    }

    static boolean isThree() { return VERSION == Version.THREE; }

    /// The running server; skips the test when there cannot be one.
    public static NacosServer get() {
        return SHARED.get();
    }

    /// A port whose neighbours are free too: the server also listens on ports 1,000 above and below. They are this process's until it ends: other JVMs
    /// that test at the same time do not take them while a server is down.
    static synchronized int freePort() throws IOException {
        Files.createDirectories(CLAIMS);
        for (int i = 0; i < PORTS; i++) {
            int port = 21_000 + 7 * i;
            if (claim(port) && claim(port + 1000) && claim(port + 1001) && claim(port - 1000)) {
                return port;
            }
        }
        throw new IOException("no ports are free");
    }

    private static boolean claim(int port) throws IOException {
        if (CLAIMED.containsKey(port) || !isFree(port)) {
            return false;
        }
        FileChannel file = FileChannel.open(CLAIMS.resolve(Integer.toString(port)), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        if (file.tryLock() == null) {
            file.close();
            return false;
        }
        CLAIMED.put(port, file);
        return true;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /// Starts it again after [#kill], with its data on disk; returns when it answers.
    public void start() throws IOException, InterruptedException {
        Path certificate = Files.writeString(home.resolve("certificate.pem"), identity.chain());
        Path key = Files.writeString(home.resolve("key.pem"), identity.key());
        Files.writeString(home.resolve("classes/application.properties"), """
                server.address=127.0.0.1
                nacos.core.auth.system.type=nacos
                nacos.core.auth.enabled=%s
                db.pool.config.connectionTimeout=60000
                nacos.core.auth.server.identity.key=k
                nacos.core.auth.server.identity.value=v
                nacos.core.auth.plugin.nacos.token.secret.key=VGhpc0lzTXlDdXN0b21TZWNyZXRLZXkwMTIzNDU2Nzg=
                nacos.remote.server.rpc.tls.enableTls=true
                nacos.remote.server.rpc.tls.compatibility=true
                nacos.remote.server.rpc.tls.certChainFile=%s
                nacos.remote.server.rpc.tls.certPrivateKey=%s
                """.formatted(guarded, certificate.toUri(), key.toUri()) + VERSION.settings.formatted(port));
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms128m",
                "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                "-Dderby.stream.error.file=" + home.resolve("derby.log"),
                "-Dnacos.standalone=true", "-Dnacos.home=" + home, "-Duser.home=" + home,
                "-Dnacos.inetutils.ip-address=127.0.0.1",
                "--add-opens", "java.base/java.lang=ALL-UNNAMED", "--add-opens", "java.base/java.util=ALL-UNNAMED", "--add-opens",
                "java.base/java.math=ALL-UNNAMED", "-cp", classPath, VERSION.boot));
        process = ForkedServer.start(command, home, "the Nacos server is up", START_SECONDS);
    }

    /// `127.0.0.1:port` of its HTTP port, as a Registry names it.
    public String address() {
        return "127.0.0.1:" + port;
    }

    /// The certificate and the key of its gRPC port.
    TestIdentity identity() {
        return identity;
    }

    public int port() {
        return port;
    }

    /// Starts it again if a test left it ended.
    public void ensureRunning() throws IOException, InterruptedException {
        if (!process.isAlive()) {
            start();
        }
    }

    /// Ends it as a crash does.
    public void kill() {
        if (process != null) {
            process.destroyForcibly();
            process.onExit().join();
        }
    }

    /// Its data take 700 MB, so they are deleted at the end of the tests.
    @Override
    public void close() {
        kill();
        ForkedServer.delete(home);
    }

    /// Suspends the process: connections stay open, and nothing is answered.
    public void freeze() throws IOException, InterruptedException {
        signal("STOP");
    }

    public void thaw() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start().waitFor();
    }
}
