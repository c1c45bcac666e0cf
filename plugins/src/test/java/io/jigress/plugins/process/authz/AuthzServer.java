package io.jigress.plugins.process.authz;

import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.grpc.MethodDescriptor.MethodType;
import io.jigress.testkit.grpc.ByteMethods;
import io.jigress.testkit.grpc.GrpcServerCall;
import io.jigress.testkit.grpc.GrpcTestServer;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/// An authorization server of grpc-java.
public final class AuthzServer implements AutoCloseable {
    private final List<CheckRequest> requests = new CopyOnWriteArrayList<>();
    private final GrpcTestServer server;

    private AuthzServer(Function<CheckRequest, CheckResponse> answer) {
        server = GrpcTestServer.start(call -> serve(call, answer),
                List.of(ByteMethods.method("envoy.service.auth.v3.Authorization", "Check", MethodType.UNARY)),
                options -> options);
    }

    public static AuthzServer answering(Function<CheckRequest, CheckResponse> answer) {
        return new AuthzServer(answer);
    }

    private void serve(GrpcServerCall call, Function<CheckRequest, CheckResponse> answer) throws Exception {
        byte[] message = call.read();
        if (message == null) {
            return;
        }
        CheckRequest request = CheckRequest.parseFrom(message);
        requests.add(request);
        call.send(answer.apply(request).toByteArray());
        call.end();
    }

    public InetSocketAddress address() {
        return server.address();
    }

    public List<CheckRequest> requests() {
        return requests;
    }

    public GrpcTestServer server() {
        return server;
    }

    @Override
    public void close() {
        server.close();
    }
}
