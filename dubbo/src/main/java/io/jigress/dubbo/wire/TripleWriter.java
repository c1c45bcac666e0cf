package io.jigress.dubbo.wire;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/// Writes the request of a Triple call: a gRPC frame with one protobuf message (`TripleRequestWrapper`), whose arguments are separate Hessian
/// streams.
///
/// ```proto
/// message TripleRequestWrapper { string serializeType = 1; repeated bytes args = 2; repeated string argTypes = 3; }
/// ```
public final class TripleWriter {
    /// The flag and the length in front of a message.
    public static final int PREFIX = 5;
    /// What providers call Hessian 2 here.
    private static final String SERIALIZATION = "hessian4";

    private static final int SERIALIZATION_TAG = 1 << 3 | 2;
    private static final int ARGUMENT_TAG = 2 << 3 | 2;
    private static final int TYPE_TAG = 3 << 3 | 2;

    private final ByteBuf out;
    private final int start;

    /// @param out borrowed; the frame is appended to it
    public TripleWriter(ByteBuf out) {
        this.out = out;
        start = out.writerIndex();
        out.writeZero(PREFIX);
        text(SERIALIZATION_TAG, SERIALIZATION);
    }

    /// Appends an argument, which `writes` writes to a Hessian stream of its own.
    public void argument(Consumer<HessianWriter> writes) {
        ByteBuf value = out.alloc().buffer();
        try {
            writes.accept(new HessianWriter(value));
            argument(value);
        } finally {
            value.release();
        }
    }

    /// Appends an argument.
    ///
    /// @param value its Hessian stream; borrowed
    public void argument(ByteBuf value) {
        out.writeByte(ARGUMENT_TAG);
        length(value.readableBytes());
        out.writeBytes(value);
    }

    /// Appends the types of the arguments, as `Class.getName` returns them, and ends the frame.
    public void end(List<String> types) {
        types.forEach(type -> text(TYPE_TAG, type));
        out.setInt(start + 1, out.writerIndex() - start - PREFIX);
    }

    private void text(int tag, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeByte(tag);
        length(bytes.length);
        out.writeBytes(bytes);
    }

    private void length(int length) {
        int rest = length;
        while (rest > 0x7f) {
            out.writeByte(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        out.writeByte(rest);
    }
}
