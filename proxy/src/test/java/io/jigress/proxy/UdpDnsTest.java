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
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

    /// Returns when it listens.
    private static Process server(int port) throws IOException {
        Path program = PROGRAMS.stream().filter(Files::isExecutable).findFirst().orElse(null);
        assumeTrue(program != null, "this machine has no dnsmasq");
        Process server = new ProcessBuilder(String.valueOf(program), "--keep-in-foreground", "--log-facility=-",
                "--conf-file=/dev/null",
                "--pid-file=", "--user=" + System.getProperty("user.name"), "--port=" + port, "--listen-address=127.0.0.1",
                "--bind-interfaces", "--no-resolv", "--no-hosts", "--address=/shop.test/192.0.2.7").redirectErrorStream(true)
                .start();
        StringBuilder log = new StringBuilder();
        BufferedReader lines = server.inputReader();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.contains("started")) {
                return server;
            }
            log.append(line).append('\n');
        }
        throw new AssertionError("dnsmasq has ended: " + log);
    }

    private static String resolve(DnsNameResolver resolver, String name) {
        Future<InetAddress> found = resolver.resolve(name).awaitUninterruptibly();
        return found.isSuccess() ? found.getNow().getHostAddress() : String.valueOf(found.cause());
    }

    private static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void namesAreResolvedThroughTheGateway() throws Exception {
        int port = freePort();
        Process server = server(port);
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try (UdpGateway gateway = new UdpGateway(transport)) {
            gateway.with(UdpGateway.cluster("up", new InetSocketAddress(InetAddress.getLoopbackAddress(), port)))
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
            server.destroy();
            server.waitFor();
        }
    }
}
