package io.jigress.proxy.datagram;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/// Java's form of an address in two numbers, as [DatagramBatch] has it.
final class ClientAddress {
    private static final int BYTES = 16;

    private ClientAddress() {}

    /// @param scope the interface of a link-local address; 0 for others
    static InetSocketAddress of(long high, long low, int port, int scope) {
        byte[] bytes = ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array();
        try {
            // A mapped address becomes one of IPv4.
            InetAddress address = scope == 0 ? InetAddress.getByAddress(bytes) : Inet6Address.getByAddress(null, bytes, scope);
            return new InetSocketAddress(address, port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + BYTES + " bytes is one", e);
        }
    }
}
