package io.jigress.proxy.upstream;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;

/// What the kernel's routing tables say.
final class KernelRoutes {
    private static final int ANY_PORT = 9;

    private KernelRoutes() {}

    /// Whether there is a route to an address; true where that cannot be found out. Nothing is sent: connecting a datagram socket only
    /// looks the route up.
    static boolean lead(InetAddress address) {
        StandardProtocolFamily family = address instanceof Inet6Address
                ? StandardProtocolFamily.INET6
                : StandardProtocolFamily.INET;
        try (DatagramChannel probe = DatagramChannel.open(family)) {
            return connects(probe, address);
        } catch (UnsupportedOperationException _) {
            return false;
        } catch (IOException _) {
            // No file is left, as a rule.
            return true;
        }
    }

    private static boolean connects(DatagramChannel probe, InetAddress address) {
        try {
            probe.connect(new InetSocketAddress(address, ANY_PORT));
            return true;
        } catch (IOException _) {
            return false;
        }
    }
}
