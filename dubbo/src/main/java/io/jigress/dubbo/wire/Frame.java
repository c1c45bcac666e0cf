package io.jigress.dubbo.wire;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// The 16-byte header of every message: magic, flags, status, request id, length of the body.
///
/// @param event a heartbeat or a notice, not a call
/// @param twoWay the sender expects a response
/// @param serialization the number of the serialization of the body
/// @param status of a response
public record Frame(boolean request, boolean event, boolean twoWay, int serialization, int status, long id, int length) {
    public static final int HEADER = 16;
    public static final int HESSIAN2 = 2;

    /// The body of a heartbeat: Hessian's null.
    public static final int HEARTBEAT = 'N';
    /// The events of a server that accepts no new calls on this connection, and of one that accepts them again.
    public static final String READ_ONLY = "R";
    public static final String WRITABLE = "W";

    private static final int MAGIC = 0xdabb;
    private static final int REQUEST = 0x80;
    private static final int TWO_WAY = 0x40;
    private static final int EVENT = 0x20;
    private static final int SERIALIZATION = 0x1f;

    /// The header at an index, or null when the bytes are not a header.
    public static @Nullable Frame read(ByteBuf in, int index) {
        int flags = in.getUnsignedByte(index + 2);
        int length = in.getInt(index + 12);
        if (in.getUnsignedShort(index) != MAGIC || length < 0) {
            return null;
        }
        return new Frame((flags & REQUEST) != 0, (flags & EVENT) != 0, (flags & TWO_WAY) != 0, flags & SERIALIZATION,
                in.getUnsignedByte(index + 3), in.getLong(index + 4), length);
    }

    /// Writes the header into the space reserved for it.
    public void write(ByteBuf out, int index) {
        int flags = (request ? REQUEST : 0) | (event ? EVENT : 0) | (twoWay ? TWO_WAY : 0) | serialization;
        out.setShort(index, MAGIC);
        out.setByte(index + 2, flags);
        out.setByte(index + 3, status);
        out.setLong(index + 4, id);
        out.setInt(index + 12, length);
    }

    /// Appends a complete heartbeat, as a request or as a response.
    public static void writeHeartbeat(ByteBuf out, boolean question, long id) {
        int index = out.writerIndex();
        out.writeZero(HEADER);
        new Frame(question, true, question, HESSIAN2, question ? 0 : ReplyStatus.OK, id, 1).write(out, index);
        out.writeByte(HEARTBEAT);
    }
}
