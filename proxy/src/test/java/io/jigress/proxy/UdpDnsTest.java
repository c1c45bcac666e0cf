package io.jigress.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jigress.config.StreamOptions;
import io.jigress.config.StreamRoute.WeightedCluster;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import io.netty.util.concurrent.Future;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// DNS with a real server (dnsmasq) behind the gateway and Netty's resolver in front of it.
@EachTransport
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class UdpDnsTest {
    private static final List<Path> PROGRAMS = List.of(Path.of("/usr/sbin/dnsmasq"), Path.of("/sbin/dnsmasq"));

    private final String transport;

    UdpDnsTest(String transport) {
        this.transport = transport;
    }

    private record Server(Process process, int port) {}

    /// Returns when it listens, on a port that is free for both UDP and TCP. Another program may take the port in between: then on another one.
    private static Server server() throws IOException {
        String said = "";
        for (int i = 0; i < 10; i++) {
            int port = freePort();
            StringBuilder log = new StringBuilder();
            Process server = start(port, log);
            if (server != null) {
                return new Server(server, port);
            }
            said = log.toString();
        }
        throw new AssertionError("dnsmasq has ended: " + said);
    }

    /// @return null when it has ended
    private static @Nullable Process start(int port, StringBuilder log) throws IOException {
        Path program = PROGRAMS.stream().filter(Files::isExecutable).findFirst().orElse(null);
        assumeTrue(program != null, "this machine has no dnsmasq");
        Process server = new ProcessBuilder(String.valueOf(program), "--keep-in-foreground", "--log-facility=-",
                "--conf-file=/dev/null",
                "--pid-file=", "--user=" + System.getProperty("user.name"), "--port=" + port, "--listen-address=127.0.0.1",
                "--bind-interfaces", "--no-resolv", "--no-hosts", "--address=/shop.test/192.0.2.7").redirectErrorStream(true)
                .start();
        BufferedReader lines = server.inputReader();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.contains("started")) {
                return server;
            }
            log.append(line).append('\n');
        }
        return null;
    }

    private static String resolve(DnsNameResolver resolver, String name) {
        Future<InetAddress> found = resolver.resolve(name).awaitUninterruptibly();
        return found.isSuccess() ? found.getNow().getHostAddress() : String.valueOf(found.cause());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void namesAreResolvedThroughTheGateway() throws Exception {
        Server server = server();
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try (UdpGateway gateway = new UdpGateway(transport)) {
            gateway.with(UdpGateway.cluster("up", new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port)))
                    .route(UdpGateway.route(new StreamOptions(null, 1, 1, true), new WeightedCluster("up", 1))).apply();
            try (DnsNameResolver resolver = new DnsNameResolverBuilder((EventLoop) group.next())
                    .datagramChannelType(NioDatagramChannel.class)
                    .queryTimeoutMillis(1000).resolvedAddressTypes(ResolvedAddressTypes.IPV4_ONLY)
                    .nameServerProvider(new SingletonDnsServerAddressStreamProvider(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.port())))
                    .build()) {
                for (int i = 0; i < 50; i++) {
                    assertEquals("192.0.2.7", resolve(resolver, "host" + i + ".shop.test"));
                }
            }
            // A query keeps no session once it is answered.
            gateway.awaitOpen(0);
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            server.process.destroy();
            server.process.waitFor();
        }
    }
}
