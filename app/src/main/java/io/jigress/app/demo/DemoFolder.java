package io.jigress.app.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// The sample configuration: small enough to be read before breakfast, with one example of each thing.
public final class DemoFolder {
    private DemoFolder() {}

    /// Writes the samples over those of an earlier demo; other files in the folder stay.
    ///
    /// @param port the gateway's
    public static void write(Path folder, int port, DemoService blue, DemoService green) throws IOException {
        Files.createDirectories(folder);
        for (Map.Entry<String, String> file : files(port, blue.port(), green.port()).entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
    }

    static Map<String, String> files(int port, int blue, int green) {
        Map<String, String> files = new LinkedHashMap<>();
        files.put("gateway.yaml", """
                # The port that the gateway opens.
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: demo}
                spec:
                  gatewayClassName: jigress
                  listeners:
                    - {name: http, port: %d, protocol: HTTP}
                """.formatted(port));
        files.put("services.yaml", """
                # Where the two services are. In a cluster these would be Services.
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: blue}
                spec:
                  endpoints:
                    - {address: 127.0.0.1, port: %d}
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: green}
                spec:
                  endpoints:
                    - {address: 127.0.0.1, port: %d}
                """.formatted(blue, green));
        files.put("routes.yaml", """
                # Which request goes where. Save the file and it is so.
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec:
                  parentRefs: [{name: demo}]
                  rules:
                    - backendRefs:
                        - {group: jigress.io, kind: Backend, name: blue, weight: 3}
                        - {group: jigress.io, kind: Backend, name: green, weight: 1}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: cart}
                spec:
                  parentRefs: [{name: demo}]
                  rules:
                    - matches: [{path: {value: /cart}}]
                      filters:
                        - type: RequestHeaderModifier
                          requestHeaderModifier:
                            set: [{name: x-shop, value: demo}]
                      backendRefs:
                        - {group: jigress.io, kind: Backend, name: green}
                """);
        files.put("limit.yaml", """
                # A filter, attached to a route: five requests a minute from each address.
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: cart-limit}
                spec:
                  name: key-rate-limit
                  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: cart}]
                  config:
                    limit_by_per_ip: from-remote-addr
                    limit_keys: [{key: "*", query_per_minute: 5}]
                """);
        return files;
    }
}
