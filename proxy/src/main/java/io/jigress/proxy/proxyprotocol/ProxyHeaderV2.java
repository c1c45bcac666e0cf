package io.jigress.proxy.proxyprotocol;

import io.jigress.api.ProxyProtocol;
import io.jigress.api.ProxyProtocol.Tlv;
import io.jigress.proxy.telemetry.ProxyProtocolFailure;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Version 2, in binary: signature, command, family and transport, length, addresses, additional fields (TLV).
final class ProxyHeaderV2 {
    static final byte[] SIGNATURE = ProxyHeader.ascii("\r\n\r\n\0\r\nQUIT\n");
    /// Up to the addresses.
    static final int HEAD_BYTES = 16;
    static final int LOCAL = 0x20;
    static final int PROXY = 0x21;
    static final int TCP_4 = 0x11;
    static final int TCP_6 = 0x21;

    private static final int COMMAND_AT = 12;
    private static final int FAMILY_AT = 13;
    private static final int LENGTH_AT = 14;
    private static final int UNSPECIFIED = 0x00;
    private static final int UDP_4 = 0x12;
    private static final int UDP_6 = 0x22;
    private static final int UNIX_STREAM = 0x31;
    private static final int UNIX_DATAGRAM = 0x32;
    private static final int UNIX_ADDRESSES = 216;
    private static final int TLV_HEAD = 3;
    private static final int SSL_HEAD = 5;
    private static final int CHECKSUM_BYTES = 4;
    private static final int MAX_UNIQUE_ID = 128;

    private ProxyHeaderV2() {}

    /// @param in begins with the signature
    static ProxyHeader read(ByteBuf in, int maxBytes, InetSocketAddress sender) {
        if (in.readableBytes() < HEAD_BYTES) {
            return ProxyHeader.INCOMPLETE;
        }
        int at = in.readerIndex();
        int command = in.getUnsignedByte(at + COMMAND_AT);
        int family = in.getUnsignedByte(at + FAMILY_AT);
        int bytes = HEAD_BYTES + in.getUnsignedShort(at + LENGTH_AT);
        if (command != LOCAL && command != PROXY) {
            return ProxyHeader.Invalid.malformed("version and command 0x%02x (expected: 0x20 or 0x21)".formatted(command));
        }
        int addresses = addresses(family);
        if (command == PROXY && addresses < 0) {
            return ProxyHeader.Invalid.malformed("unknown family and transport 0x%02x".formatted(family));
        }
        if (bytes > maxBytes) {
            return new ProxyHeader.Invalid(ProxyProtocolFailure.TOO_LONG,
                    bytes + " bytes (expected: at most " + maxBytes + ")");
        }
        if (command == PROXY && bytes < HEAD_BYTES + addresses) {
            return ProxyHeader.Invalid.malformed("too short for its addresses");
        }
        if (in.readableBytes() < bytes) {
            return ProxyHeader.INCOMPLETE;
        }
        if (command == LOCAL || family != TCP_4 && family != TCP_6) {
            // The whole block is to be skipped: the connection's own addresses are used.
            return new ProxyHeader.Complete(new ProxyProtocol(2, sender, null, null, List.of()), bytes);
        }
        return read(ProxyHeader.copy(in, bytes), addresses, sender);
    }

    /// @return how many bytes the addresses take; -1 for a family that there is not
    private static int addresses(int family) {
        return switch (family) {
            case UNSPECIFIED -> 0;
            case TCP_4, UDP_4 -> 12;
            case TCP_6, UDP_6 -> 36;
            case UNIX_STREAM, UNIX_DATAGRAM -> UNIX_ADDRESSES;
            default -> -1;
        };
    }

    private static ProxyHeader read(byte[] header, int addresses, InetSocketAddress sender) {
        List<Tlv> tlvs = new ArrayList<>();
        ProxyHeader.Invalid fault = tlvs(header, HEAD_BYTES + addresses, tlvs);
        if (fault != null) {
            return fault;
        }
        int each = (addresses - 4) / 2;
        InetSocketAddress source = address(header, HEAD_BYTES, each, HEAD_BYTES + 2 * each);
        InetSocketAddress destination = address(header, HEAD_BYTES + each, each, HEAD_BYTES + 2 * each + 2);
        return new ProxyHeader.Complete(new ProxyProtocol(2, sender, source, destination, tlvs), header.length);
    }

    private static InetSocketAddress address(byte[] in, int at, int length, int portAt) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(Arrays.copyOfRange(in, at, at + length)), uint16(in, portAt));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(length + " bytes of an address (expected: 4 or 16)", e);
        }
    }

    private static ProxyHeader.@Nullable Invalid tlvs(byte[] in, int from, List<Tlv> found) {
        boolean checked = false;
        int at = from;
        while (at < in.length) {
            if (at + TLV_HEAD > in.length || at + TLV_HEAD + uint16(in, at + 1) > in.length) {
                return ProxyHeader.Invalid.malformed("a field ends beyond the header");
            }
            int type = in[at] & 0xff;
            int length = uint16(in, at + 1);
            int value = at + TLV_HEAD;
            if (type == ProxyProtocol.CRC32C) {
                if (length != CHECKSUM_BYTES || checked) {
                    return ProxyHeader.Invalid.malformed("a checksum of " + length + " bytes, or two checksums");
                }
                if (checksum(in, value) != uint32(in, value)) {
                    return new ProxyHeader.Invalid(ProxyProtocolFailure.CHECKSUM, "the checksum is wrong");
                }
                checked = true;
            } else if (type == ProxyProtocol.UNIQUE_ID && length > MAX_UNIQUE_ID) {
                return ProxyHeader.Invalid.malformed("an id of " + length + " bytes (expected: at most " + MAX_UNIQUE_ID + ")");
            } else if (type == ProxyProtocol.SSL && !isSsl(in, value, length)) {
                return ProxyHeader.Invalid.malformed("a part of the field SSL ends beyond it");
            }
            if (type != ProxyProtocol.NOOP) {
                found.add(new Tlv(type, Arrays.copyOfRange(in, value, value + length)));
            }
            at = value + length;
        }
        return null;
    }

    private static boolean isSsl(byte[] in, int from, int length) {
        int at = from + SSL_HEAD;
        int end = from + length;
        while (at + TLV_HEAD <= end) {
            at += TLV_HEAD + uint16(in, at + 1);
        }
        return at == end;
    }

    /// Over the whole header, with zeros in place of the checksum.
    static long checksum(byte[] header, int at) {
        CRC32C crc = new CRC32C();
        crc.update(header, 0, at);
        crc.update(new byte[CHECKSUM_BYTES]);
        crc.update(header, at + CHECKSUM_BYTES, header.length - at - CHECKSUM_BYTES);
        return crc.getValue();
    }

    static int uint16(byte[] in, int at) {
        return (in[at] & 0xff) << 8 | in[at + 1] & 0xff;
    }

    private static long uint32(byte[] in, int at) {
        return (long) uint16(in, at) << 16 | uint16(in, at + 2);
    }
}
