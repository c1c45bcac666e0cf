package io.jigress.dubbo.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.function.Consumer;

/// A blocking connection to a provider, which speaks with our codec.
public final class DubboClient implements AutoCloseable {
    private final Socket socket;
    private final DataInputStream in;
    private long calls;

    public DubboClient(int port) {
        try {
            socket = new Socket(java.net.InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(20_000);
            in = new DataInputStream(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Sends what `writes` makes of a body, and reads the response.
    public Reply call(Consumer<HessianWriter> writes) {
        ByteBuf out = Unpooled.buffer();
        out.writeZero(Frame.HEADER);
        writes.accept(new HessianWriter(out));
        long id = ++calls;
        new Frame(true, false, true, Frame.HESSIAN2, 0, id, out.readableBytes() - Frame.HEADER).write(out, 0);
        try {
            socket.getOutputStream().write(ByteBufUtil.getBytes(out));
            while (true) {
                byte[] header = in.readNBytes(Frame.HEADER);
                Frame frame = Frame.read(Unpooled.wrappedBuffer(header), 0);
                byte[] body = in.readNBytes(frame.length());
                if (!frame.request() && !frame.event() && frame.id() == id) {
                    return ReplyReader.read(frame.status(), Unpooled.wrappedBuffer(body), HessianLimits.DEFAULT);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
