package io.jigress.dubbo.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the response of a Triple call: one gRPC frame with one protobuf message (`TripleResponseWrapper`), whose value is Hessian.
///
/// ```proto
/// message TripleResponseWrapper { string serializeType = 1; bytes data = 2; string type = 3; }
/// ```
public final class TripleReader {
    private static final Set<String> HESSIAN = Set.of("hessian4", "hessian2");
    private static final int SERIALIZATION = 1;
    private static final int DATA = 2;
    private static final int MAX_NAME = 100;

    private final ByteBuf in;

    private TripleReader(ByteBuf in) {
        this.in = in;
    }

    /// Never throws, for any bytes.
    ///
    /// @param frame borrowed; the reader index moves
    /// @param thrown whether the value is the exception of the method
    /// @param attachments of the result
    /// @return [Reply.Malformed] for bytes that are not one frame with one result in Hessian
    public static Reply read(ByteBuf frame, boolean thrown, Map<String, String> attachments, HessianLimits limits) {
        try {
            HessianValue value = new TripleReader(frame).value(limits);
            return thrown ? new Reply.Thrown(value, attachments) : new Reply.Result(value, attachments);
        } catch (MalformedHessian e) {
            return new Reply.Malformed(String.valueOf(e.getMessage()));
        }
    }

    private HessianValue value(HessianLimits limits) throws MalformedHessian {
        prefix();
        String serialization = "";
        ByteBuf data = Unpooled.EMPTY_BUFFER;
        while (in.isReadable()) {
            long tag = varint();
            int field = (int) (tag >>> 3);
            switch ((int) (tag & 7)) {
                case 0 -> varint();
                case 1 -> skip(8);
                case 2 -> {
                    ByteBuf part = in.readSlice(length());
                    if (field == SERIALIZATION) {
                        serialization = name(part);
                    } else if (field == DATA) {
                        data = part;
                    }
                }
                case 5 -> skip(4);
                default -> throw new MalformedHessian("a protobuf field of wire type " + (tag & 7));
            }
        }
        if (!HESSIAN.contains(serialization)) {
            throw new MalformedHessian("the serialization is \"" + serialization + "\" (expected: hessian4)");
        }
        return data.isReadable() ? new HessianReader(data, limits).read() : HessianValue.Null.NULL;
    }

    private void prefix() throws MalformedHessian {
        if (in.readableBytes() < TripleWriter.PREFIX) {
            throw new MalformedHessian("no complete message");
        }
        int flag = in.readUnsignedByte();
        if (flag != 0) {
            throw new MalformedHessian("a message with flag " + flag + ", although no compression was offered");
        }
        long length = in.readUnsignedInt();
        if (length != in.readableBytes()) {
            throw new MalformedHessian("a message of " + length + " bytes in " + in.readableBytes() + " bytes");
        }
    }

    private void skip(int bytes) throws MalformedHessian {
        if (bytes > in.readableBytes()) {
            throw truncated();
        }
        in.skipBytes(bytes);
    }

    private int length() throws MalformedHessian {
        long length = varint();
        if (length < 0 || length > in.readableBytes()) {
            throw truncated();
        }
        return (int) length;
    }

    private long varint() throws MalformedHessian {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (!in.isReadable()) {
                throw truncated();
            }
            byte next = in.readByte();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new MalformedHessian("a varint of more than 10 bytes");
    }

    private static String name(ByteBuf part) {
        return part.toString(part.readerIndex(), Math.min(part.readableBytes(), MAX_NAME), StandardCharsets.UTF_8);
    }

    private static MalformedHessian truncated() {
        return new MalformedHessian("ends within a field");
    }

    /// The length that a frame announces, with its prefix; null as long as the prefix is not complete.
    public static @Nullable Long announced(ByteBuf frame) {
        int at = frame.readerIndex();
        return frame.readableBytes() < TripleWriter.PREFIX ? null : TripleWriter.PREFIX + frame.getUnsignedInt(at + 1);
    }
}
