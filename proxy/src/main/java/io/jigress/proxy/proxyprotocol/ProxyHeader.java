package io.jigress.proxy.proxyprotocol;

import io.jigress.api.ProxyProtocol;
import io.jigress.proxy.telemetry.ProxyProtocolFailure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/// What the first bytes of a connection are, as to the PROXY protocol.
public sealed interface ProxyHeader {

    /// The bytes so far begin both a header and something else.
    record Undecided() implements ProxyHeader {}

    /// They are not a header.
    record Absent() implements ProxyHeader {}

    /// They are the beginning of a header.
    record Incomplete() implements ProxyHeader {}

    /// They are a header that is refused.
    ///
    /// @param what for people
    record Invalid(ProxyProtocolFailure reason, String what) implements ProxyHeader {
        static Invalid malformed(String what) {
            return new Invalid(ProxyProtocolFailure.MALFORMED, what);
        }
    }

    /// They are a header.
    ///
    /// @param bytes its length
    record Complete(ProxyProtocol facts, int bytes) implements ProxyHeader {}

    ProxyHeader UNDECIDED = new Undecided();
    ProxyHeader ABSENT = new Absent();
    ProxyHeader INCOMPLETE = new Incomplete();

    /// Reads bytes from their reader index on, which does not move.
    ///
    /// @param maxBytes the longest header of version 2
    /// @param sender the peer of the connection
    static ProxyHeader read(ByteBuf in, int maxBytes, InetSocketAddress sender) {
        ProxyHeader begin1 = signature(in, ProxyHeaderV1.SIGNATURE);
        if (begin1 == INCOMPLETE) {
            return ProxyHeaderV1.read(in, sender);
        }
        ProxyHeader begin2 = signature(in, ProxyHeaderV2.SIGNATURE);
        if (begin2 == INCOMPLETE) {
            return ProxyHeaderV2.read(in, maxBytes, sender);
        }
        return begin1 == UNDECIDED || begin2 == UNDECIDED ? UNDECIDED : ABSENT;
    }

    private static ProxyHeader signature(ByteBuf in, byte[] signature) {
        int have = Math.min(in.readableBytes(), signature.length);
        for (int i = 0; i < have; i++) {
            if (in.getByte(in.readerIndex() + i) != signature[i]) {
                return ABSENT;
            }
        }
        return have < signature.length ? UNDECIDED : INCOMPLETE;
    }

    /// A copy of the first bytes.
    static byte[] copy(ByteBuf in, int length) {
        return ByteBufUtil.getBytes(in, in.readerIndex(), length);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
