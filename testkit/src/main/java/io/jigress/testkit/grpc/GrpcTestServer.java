package io.jigress.testkit.grpc;

import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A gRPC server of grpc-java, without TLS, on a free port of the loopback. Each call runs on a virtual thread of its own, on which it
/// may block.
public final class GrpcTestServer implements AutoCloseable {

    /// What it does with a call.
    @FunctionalInterface
    public interface Handler {
        /// An exception is kept in [GrpcTestServer#faults], and ends the call with status UNKNOWN.
        void handle(GrpcServerCall call) throws Exception;
    }

    /// How long anything here waits for the other side before the test fails.
    static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int MAX_MESSAGE_BYTES = 64 << 20;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Throwable> faults = new CopyOnWriteArrayList<>();
    private final List<GrpcServerCall> calls = new CopyOnWriteArrayList<>();
    private final Server server;

    private GrpcTestServer(Handler handler, List<MethodDescriptor<byte[], byte[]>> methods,
            UnaryOperator<NettyServerBuilder> options, @Nullable Object schema) {
        ServerCallHandler<byte[], byte[]> begin = (call, headers) -> {
            GrpcServerCall begun = new GrpcServerCall(call, headers);
            calls.add(begun);
            threads.execute(() -> run(handler, begun));
            return begun.listener();
        };
        NettyServerBuilder builder = options
                .apply(NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .maxInboundMessageSize(MAX_MESSAGE_BYTES));
        for (String service : methods.stream().map(MethodDescriptor::getServiceName).distinct().toList()) {
            ServiceDescriptor.Builder descriptor = ServiceDescriptor.newBuilder(service);
            List<MethodDescriptor<byte[], byte[]>> own = methods.stream()
                    .filter(method -> service.equals(method.getServiceName())).toList();
            own.forEach(descriptor::addMethod);
            if (schema != null) {
                descriptor.setSchemaDescriptor(schema);
            }
            ServerServiceDefinition.Builder definition = ServerServiceDefinition.builder(descriptor.build());
            own.forEach(method -> definition.addMethod(ServerMethodDefinition.create(method, begin)));
            builder.addService(definition.build());
        }
        server = builder.build();
        try {
            server.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Serves [ByteMethods].
    public static GrpcTestServer start(Handler handler) {
        return new GrpcTestServer(handler, ByteMethods.ALL, UnaryOperator.identity(), null);
    }

    /// Serves these methods, with options of grpc-java.
    public static GrpcTestServer start(Handler handler, List<MethodDescriptor<byte[], byte[]>> methods,
            UnaryOperator<NettyServerBuilder> options) {
        return new GrpcTestServer(handler, methods, options, null);
    }

    /// The same, with a schema for the reflection service of grpc-java.
    public static GrpcTestServer start(Handler handler, List<MethodDescriptor<byte[], byte[]>> methods,
            UnaryOperator<NettyServerBuilder> options, Object schema) {
        return new GrpcTestServer(handler, methods, options, schema);
    }

    private void run(Handler handler, GrpcServerCall call) {
        try {
            handler.handle(call);
        } catch (Throwable e) {
            faults.add(e);
            call.broke();
        }
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort());
    }

    /// What handlers threw.
    public List<Throwable> faults() {
        return faults;
    }

    /// All calls so far.
    public List<GrpcServerCall> calls() {
        return calls;
    }

    /// Takes no new calls and lets those that are open end (GOAWAY).
    public void shutdown() {
        server.shutdown();
    }

    /// Ends all calls and connections.
    public void shutdownNow() {
        server.shutdownNow();
    }

    @Override
    public void close() {
        server.shutdownNow();
        threads.shutdownNow();
        try {
            if (!server.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("the gRPC server did not end within " + PATIENCE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
