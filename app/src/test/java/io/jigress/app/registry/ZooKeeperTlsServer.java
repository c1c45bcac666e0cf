package io.jigress.app.registry;

import io.jigress.app.run.WiringTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A real ZooKeeper server in a JVM of its own, with a port for TLS that requires a certificate of its clients, and one without.
final class ZooKeeperTlsServer implements AutoCloseable {
    private static final long START_SECONDS = 60;

    private final int port = WiringTest.freePort();
    private final int tls = WiringTest.freePort();
    private final Process process;

    ZooKeeperTlsServer(Path home, TestIdentity identity) throws IOException, InterruptedException {
        Path own = Files.writeString(home.resolve("zookeeper.pem"), identity.key() + identity.chain());
        Path authority = Files.writeString(home.resolve("zookeeper-ca.pem"), identity.authority());
        Path settings = Files.writeString(home.resolve("zoo.cfg"), """
                dataDir=%s
                clientPortAddress=127.0.0.1
                clientPort=%d
                secureClientPortAddress=127.0.0.1
                secureClientPort=%d
                serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory
                admin.enableServer=false
                ssl.keyStore.location=%s
                ssl.trustStore.location=%s
                ssl.clientAuth=need
                """.formatted(home.resolve("zookeeper"), port, tls, own, authority));
        // The tests' own settings of the log leave out ZooKeeper's messages.
        Path log = Files.writeString(home.resolve("logback.xml"), """
                <configuration>
                  <appender name="console" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%msg%n</pattern></encoder></appender>
                  <root level="INFO"><appender-ref ref="console"/></root>
                </configuration>
                """);
        process = ForkedServer.start(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m", "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC", "--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED",
                        "-Dlogback.configurationFile=" + log, "-cp",
                        System.getProperty("java.class.path"), "org.apache.zookeeper.server.ZooKeeperServerMain",
                        settings.toString()),
                home, "binding to port /127.0.0.1:" + tls, START_SECONDS);
    }

    /// `host:port` without TLS.
    String plain() {
        return "127.0.0.1:" + port;
    }

    String address() {
        return "127.0.0.1:" + tls;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
