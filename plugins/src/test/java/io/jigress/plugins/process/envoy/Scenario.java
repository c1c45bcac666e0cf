package io.jigress.plugins.process.envoy;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext.HttpRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpBody;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import io.jigress.api.Json;
import io.jigress.plugins.process.PluginGateway;
import io.jigress.plugins.process.authz.AuthzFactory;
import io.jigress.plugins.process.authz.AuthzServer;
import io.jigress.plugins.process.proc.ProcFactory;
import io.jigress.plugins.process.proc.ProcServer;
import io.jigress.testkit.Fields;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A request that passes a gateway with a filter of Envoy, and what is seen of it: by the server, the upstream and the client.
///
/// @param name in the list of differences
/// @param config of the filter, without the server's place
/// @param request bytes that the client sends
/// @param answer bytes of the upstream's response
/// @param check what an authorization server answers; null for external processing
/// @param process what a processing server does; null for authorization
record Scenario(String name, String config, String request, String answer, @Nullable Function<CheckRequest, CheckResponse> check,
        ProcServer.@Nullable Conversation process) {
    /// Fields that name an instance or a moment, or that only one of the gateways adds on its own.
    private static final Set<String> IGNORED = Set.of("date", "server", "x-request-id", "x-forwarded-for", "x-forwarded-proto",
            "x-forwarded-host", "x-forwarded-port", "x-envoy-expected-rq-timeout-ms", "x-envoy-upstream-service-time",
            "x-envoy-decorator-operation", "x-envoy-internal", "x-envoy-external-address", "via", "connection",
            "transfer-encoding",
            "content-length", "keep-alive");

    static Scenario authz(String name, String config, String request, String answer,
            Function<CheckRequest, CheckResponse> check) {
        return new Scenario(name, config, request, answer, check, null);
    }

    static Scenario proc(String name, String config, String request, String answer, ProcServer.Conversation process) {
        return new Scenario(name, config, request, answer, null, process);
    }

    private interface Started extends AutoCloseable {
        int port();

        @Override
        void close();
    }

    private interface Gateway {
        Started start(InetSocketAddress upstream, InetSocketAddress server);
    }

    List<String> throughJigress() throws Exception {
        return run((upstream, server) -> {
            PluginGateway gateway = PluginGateway.to(upstream).cluster("server", "h2c", server)
                    .plugin(check == null ? new ProcFactory() : new AuthzFactory(() -> 0.5), config).start();
            return new Started() {
                @Override
                public int port() {
                    return gateway.port();
                }

                @Override
                public void close() {
                    gateway.close();
                }
            };
        });
    }

    List<String> throughEnvoy() throws Exception {
        String filter = check == null ? "ext_proc" : "ext_authz";
        String type = check == null ? "ext_proc.v3.ExternalProcessor" : "ext_authz.v3.ExtAuthz";
        Map<String, Json> typed = new LinkedHashMap<>(((Json.Obj) PluginGateway.json(config)).members());
        typed.put("@type", Json.of("type.googleapis.com/envoy.extensions.filters.http." + type));
        Json.Builder grpc = Json.object().put("envoy_grpc", PluginGateway.json("{'cluster_name': 'server'}"));
        if (typed.get("grpc_service") instanceof Json.Obj given) {
            given.members().forEach(grpc::put);
        }
        typed.put("grpc_service", grpc.build());
        return run((upstream, server) -> {
            EnvoyProcess envoy = EnvoyProcess.start(filter, new Json.Obj(typed), upstream, server, true);
            return new Started() {
                @Override
                public int port() {
                    return envoy.port();
                }

                @Override
                public void close() {
                    envoy.close();
                }
            };
        });
    }

    private List<String> run(Gateway gateway) throws Exception {
        List<String> seen = new ArrayList<>();
        try (TestUpstream upstream = TestUpstream.answering(answer)) {
            if (check != null) {
                try (AuthzServer server = AuthzServer.answering(check);
                        Started started = gateway.start(upstream.address(), server.address())) {
                    client(started.port(), seen);
                    server.requests().forEach(request -> seen.addAll(lines(request)));
                }
            } else if (process != null) {
                try (ProcServer server = ProcServer.holding(process);
                        Started started = gateway.start(upstream.address(), server.address())) {
                    client(started.port(), seen);
                    seen.addAll(lines(server.messages()));
                }
            }
            for (ReceivedRequest request : upstream.requests()) {
                seen.add("upstream: " + request.method() + " " + request.target());
                fields("upstream: ", request.headers(), seen);
                seen.add("upstream: body " + request.text());
                fields("upstream: trailer ", request.trailers(), seen);
            }
        }
        return seen;
    }

    private void client(int port, List<String> seen) {
        // The first request warms the gateway up, with the server's help: what it does is not compared.
        try (TestClient client = TestClient.connect(port)) {
            client.send(request);
            ReceivedResponse response = client.readResponse();
            seen.add("client: " + response.status());
            fields("client: ", response.headers(), seen);
            // Error pages are each gateway's own.
            seen.add("client: body " + (response.text().contains("request id:") ? "" : response.text()));
            fields("client: trailer ", response.trailers(), seen);
        }
    }

    private static void fields(String prefix, Fields fields, List<String> seen) {
        Set<String> sorted = new TreeSet<>();
        fields.list().forEach(field -> {
            String name = field.name().toLowerCase(Locale.ROOT);
            if (!IGNORED.contains(name)) {
                sorted.add(prefix + name + ": " + fields.all(name));
            }
        });
        seen.addAll(sorted);
    }

    private static List<String> lines(CheckRequest request) {
        List<String> lines = new ArrayList<>();
        HttpRequest http = request.getAttributes().getRequest().getHttp();
        new TreeMap<>(http.getHeadersMap()).forEach((name, value) -> {
            if (!IGNORED.contains(name)) {
                lines.add("server: " + name + ": " + value);
            }
        });
        lines.add("server: raw " + header(http.getHeaderMap().getHeadersList()));
        lines.add("server: " + http.getMethod() + " " + http.getPath() + " " + http.getHost() + " " + http.getScheme() + " "
                + http.getProtocol() + " size " + http.getSize() + " body " + http.getBody() + http.getRawBody().toStringUtf8());
        lines.add("server: source " + request.getAttributes().getSource().getAddress().getSocketAddress().getAddress() + " "
                + request.getAttributes().getSource().getService());
        return lines;
    }

    private static Set<String> header(List<HeaderValue> fields) {
        Set<String> sorted = new TreeSet<>();
        fields.forEach(field -> {
            if (!IGNORED.contains(field.getKey())) {
                sorted.add(field.getKey() + ": " + field.getValue() + field.getRawValue().toStringUtf8());
            }
        });
        return sorted;
    }

    /// Messages in order; bodies that came in pieces are joined, since pieces depend on the sizes of reads.
    private static List<String> lines(List<ProcessingRequest> messages) {
        List<String> lines = new ArrayList<>();
        String before = "";
        for (ProcessingRequest message : messages) {
            String line = "server: " + message.getRequestCase() + " " + switch (message.getRequestCase()) {
                case REQUEST_HEADERS -> header(message.getRequestHeaders().getHeaders().getHeadersList()) + " end "
                        + message.getRequestHeaders().getEndOfStream();
                case RESPONSE_HEADERS -> header(message.getResponseHeaders().getHeaders().getHeadersList()) + " end "
                        + message.getResponseHeaders().getEndOfStream();
                case REQUEST_BODY -> body(message.getRequestBody());
                case RESPONSE_BODY -> body(message.getResponseBody());
                case REQUEST_TRAILERS -> header(message.getRequestTrailers().getTrailers().getHeadersList());
                case RESPONSE_TRAILERS -> header(message.getResponseTrailers().getTrailers().getHeadersList());
                case REQUEST_NOT_SET -> "";
            } + (message.getAttributesCount() == 0
                    ? ""
                    : " attributes "
                            + new TreeMap<>(message.getAttributesMap().values().iterator().next().getFieldsMap()).toString()
                                    .replaceAll("\\s+", " "))
                    + (message.hasProtocolConfig() ? " config " + text(message.getProtocolConfig()) : "");
            boolean piece = message.hasRequestBody() || message.hasResponseBody();
            String kind = message.getRequestCase().toString();
            if (piece && kind.equals(before)) {
                String joined = lines.removeLast();
                lines.add(joined.substring(0, joined.lastIndexOf(" end ")) + line.substring(("server: " + kind + " ").length()));
            } else {
                lines.add(line);
            }
            before = kind;
        }
        return lines;
    }

    private static String body(HttpBody body) {
        return body.getBody().toStringUtf8() + " end " + body.getEndOfStream();
    }

    private static String text(Message message) {
        return TextFormat.printer().printToString(message).replaceAll("\\s+", " ").strip();
    }
}
