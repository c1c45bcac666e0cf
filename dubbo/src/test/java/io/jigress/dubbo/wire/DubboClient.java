package io.jigress.dubbo.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A blocking connection to a provider that uses our codec.
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

    /// Sends the body that `writes` writes, and reads the response.
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

    /// Sends a heartbeat and reads the response.
    public Frame heartbeat() {
        ByteBuf out = Unpooled.buffer();
        Frame.writeHeartbeat(out, true, ++calls);
        try {
            socket.getOutputStream().write(ByteBufUtil.getBytes(out));
            Frame frame = Frame.read(Unpooled.wrappedBuffer(in.readNBytes(Frame.HEADER)), 0);
            in.readNBytes(frame.length());
            return frame;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The name of the next event that has one; null when the provider closed the connection first.
    public @Nullable String event() {
        try {
            while (true) {
                byte[] header = in.readNBytes(Frame.HEADER);
                if (header.length < Frame.HEADER) {
                    return null;
                }
                Frame frame = Frame.read(Unpooled.wrappedBuffer(header), 0);
                String word = ReplyReader.event(Unpooled.wrappedBuffer(in.readNBytes(frame.length())));
                if (frame.event() && frame.request() && word != null) {
                    return word;
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
