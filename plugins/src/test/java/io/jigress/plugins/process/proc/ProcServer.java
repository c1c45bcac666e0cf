package io.jigress.plugins.process.proc;

import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.grpc.MethodDescriptor.MethodType;
import io.jigress.testkit.grpc.ByteMethods;
import io.jigress.testkit.grpc.GrpcServerCall;
import io.jigress.testkit.grpc.GrpcTestServer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/// An external processing server of grpc-java.
public final class ProcServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final List<ProcessingRequest> messages = new CopyOnWriteArrayList<>();
    private final GrpcTestServer server;

    /// A server that has the whole stream in its hands.
    @FunctionalInterface
    public interface Conversation {
        void hold(Stream stream) throws Exception;
    }

    /// A stream, at the server.
    public final class Stream {
        private final GrpcServerCall call;

        private Stream(GrpcServerCall call) {
            this.call = call;
        }

        /// The next message; null at the end.
        public ProcessingRequest read() throws Exception {
            byte[] bytes = call.read();
            if (bytes == null) {
                return null;
            }
            ProcessingRequest message = ProcessingRequest.parseFrom(bytes);
            messages.add(message);
            return message;
        }

        public void send(ProcessingResponse.Builder message) throws Exception {
            call.send(message.build().toByteArray());
        }

        public GrpcServerCall call() {
            return call;
        }
    }

    private ProcServer(Conversation conversation) {
        server = GrpcTestServer.start(call -> conversation.hold(new Stream(call)),
                List.of(ByteMethods.method("envoy.service.ext_proc.v3.ExternalProcessor", "Process", MethodType.BIDI_STREAMING)),
                options -> options);
    }

    public static ProcServer holding(Conversation conversation) {
        return new ProcServer(conversation);
    }

    /// Answers each message by one; null for none.
    public static ProcServer answering(Function<ProcessingRequest, ProcessingResponse.Builder> answer) {
        return new ProcServer(stream -> {
            for (ProcessingRequest message = stream.read(); message != null; message = stream.read()) {
                ProcessingResponse.Builder reply = answer.apply(message);
                if (reply != null) {
                    stream.send(reply);
                }
            }
            stream.call().end();
        });
    }

    /// The answer that changes nothing.
    public static ProcessingResponse.Builder nothing(ProcessingRequest message) {
        ProcessingResponse.Builder answer = ProcessingResponse.newBuilder();
        switch (message.getRequestCase()) {
            case REQUEST_HEADERS -> answer.getRequestHeadersBuilder();
            case RESPONSE_HEADERS -> answer.getResponseHeadersBuilder();
            case REQUEST_BODY -> answer.getRequestBodyBuilder();
            case RESPONSE_BODY -> answer.getResponseBodyBuilder();
            case REQUEST_TRAILERS -> answer.getRequestTrailersBuilder();
            case RESPONSE_TRAILERS -> answer.getResponseTrailersBuilder();
            case REQUEST_NOT_SET -> throw new AssertionError("a message without a request");
        }
        return answer;
    }

    public InetSocketAddress address() {
        return server.address();
    }

    public GrpcTestServer server() {
        return server;
    }

    /// What the server was sent so far, of all streams.
    public List<ProcessingRequest> messages() {
        return messages;
    }

    public List<ProcessingRequest> awaitMessages(int count) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (messages.size() < count) {
            if (System.nanoTime() > end) {
                throw new AssertionError("waited for " + count + " messages, got " + messages);
            }
            LockSupport.parkNanos(1_000_000);
        }
        return messages;
    }

    @Override
    public void close() {
        server.close();
    }
}
