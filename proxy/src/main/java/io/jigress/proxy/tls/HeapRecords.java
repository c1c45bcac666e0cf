package io.jigress.proxy.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;

/// Copies the records of a connection to the heap for the JDK's engine.
///
/// If the authentication tag of a record is wrong, the JDK's GCM sets the output to zero, which here is the record itself. Of a direct buffer it clears
/// everything from the buffer's address on up to the end of the record (GaloisCounterMode of JDK 25). The buffers that Netty passes have the address of
/// the whole chunk, so that one forged record would clear bytes of other connections.
final class HeapRecords implements ByteToMessageDecoder.Cumulator {
    private static final HeapRecords INSTANCE = new HeapRecords();

    private HeapRecords() {}

    static void use(SslHandler handler) {
        if (!(handler.engine() instanceof ReferenceCountedOpenSslEngine)) {
            handler.setCumulator(INSTANCE);
        }
    }

    @Override
    public ByteBuf cumulate(ByteBufAllocator allocator, ByteBuf before, ByteBuf in) {
        try {
            if (before.isReadable() && before.hasArray() && before.refCnt() == 1 && !before.isReadOnly()) {
                return before.writeBytes(in);
            }
            ByteBuf all = allocator.heapBuffer(before.readableBytes() + in.readableBytes());
            all.writeBytes(before).writeBytes(in);
            before.release();
            return all;
        } finally {
            in.release();
        }
    }
}
