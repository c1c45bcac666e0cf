package io.jigress.testkit.grpc;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/// A gRPC client of grpc-java, without TLS, to a port of the loopback.
public final class GrpcTestClient implements AutoCloseable {
    private static final int MAX_MESSAGE_BYTES = 64 << 20;
    private static final long CLOSE_SECONDS = 5;

    private final ManagedChannel channel;

    private GrpcTestClient(ManagedChannel channel) {
        this.channel = channel;
    }

    public static GrpcTestClient connect(int port) {
        return connect(port, UnaryOperator.identity());
    }

    /// With options of grpc-java.
    public static GrpcTestClient connect(int port, UnaryOperator<NettyChannelBuilder> options) {
        return new GrpcTestClient(options.apply(NettyChannelBuilder
                .forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)).usePlaintext()
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)).build());
    }

    public GrpcTestCall call(MethodDescriptor<byte[], byte[]> method) {
        return call(method, CallOptions.DEFAULT, new Metadata());
    }

    public GrpcTestCall call(MethodDescriptor<byte[], byte[]> method, CallOptions options, Metadata headers) {
        return new GrpcTestCall(channel.newCall(method, options), !method.getType().clientSendsOneMessage(), headers);
    }

    /// A unary call whose message and response are text; anything but status OK fails.
    public String unary(String message) throws InterruptedException {
        GrpcTestCall call = call(ByteMethods.UNARY).send(message).halfClose();
        byte[] response = call.read();
        if (response == null || !call.status().isOk()) {
            throw new AssertionError("status " + call.status() + " (expected: OK and a message)");
        }
        return new String(response, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        try {
            channel.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
