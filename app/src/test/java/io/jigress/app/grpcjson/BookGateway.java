package io.jigress.app.grpcjson;

import io.jigress.app.TestGateway;
import java.util.Base64;

/// A gateway that transcodes the requests to a [BookServer].
final class BookGateway {
    private BookGateway() {}

    /// With the server's descriptor set in its configuration, and all methods.
    static TestGateway start(BookServer server) {
        return start(server, "config: {services: [shop.Books], autoMapping: true, descriptorSet: "
                + Base64.getEncoder().encodeToString(BookServer.set()) + "}");
    }

    /// @param plugin the fields of the Plugin that configure it, in flow style
    static TestGateway start(BookServer server, String plugin) {
        return TestGateway.start().apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: 8080, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: books}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: books}]}]
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: books}
                spec: {protocol: h2c, endpoints: [{address: 127.0.0.1, port: %d}]}
                ---
                """.formatted(server.port()) + plugin(plugin));
    }

    static String plugin(String fields) {
        return """
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: json}
                spec:
                  name: grpc-json-transcoder
                  %s
                  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: books}]
                """.formatted(fields);
    }
}
