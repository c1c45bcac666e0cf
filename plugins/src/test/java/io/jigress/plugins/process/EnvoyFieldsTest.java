package io.jigress.plugins.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.CheckSettings;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor;
import io.jigress.api.FilterFactory;
import io.jigress.plugins.process.authz.AuthzFactory;
import io.jigress.plugins.process.proc.ProcFactory;
import io.jigress.testkit.FilterTester;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The table of the manual lists every field of Envoy's filters, and what it does. `-Dgolden.update=true` writes it.
class EnvoyFieldsTest {
    private static final Path PAGE = Path.of("..", "docs", "plugins-process.md");
    private static final String HEAD = "| field | |\n|---|---|\n";
    /// Messages whose fields are listed one by one.
    private static final Set<String> LISTED = Set.of("HttpService", "AuthorizationRequest", "AuthorizationResponse",
            "BufferSettings",
            "ProcessingMode", "MetadataOptions", "MetadataNamespaces", "HeaderForwardingRules", "HeaderMutationRules",
            "GrpcService",
            "EnvoyGrpc", "HttpUri", "RuntimeFractionalPercent", "RuntimeFeatureFlag");
    /// Fields that are accepted and do nothing, some with a warning.
    private static final Set<String> WITHOUT_EFFECT = Set.of("stat_prefix", "charge_cluster_response_stats",
            "emit_filter_state_stats",
            "typed_metadata_context_namespaces", "route_metadata_context_namespaces", "route_typed_metadata_context_namespaces",
            "bootstrap_metadata_labels_key", "grpc_service.envoy_grpc.cluster_name", "grpc_service.envoy_grpc.skip_envoy_headers",
            "http_service.server_uri.uri", "http_service.server_uri.cluster", "filter_enabled.runtime_key",
            "deny_at_disable.runtime_key",
            "metadata_options.forwarding_namespaces.typed", "metadata_options.receiving_namespaces.typed");
    /// Fields that are errors, with a configuration that shows it.
    private static final Map<String, String> REFUSED = Map.of("grpc_service.google_grpc", "{'grpc_service': {'google_grpc': {}}}",
            "grpc_service.retry_policy", "{'grpc_service': {'retry_policy': {}}}",
            "grpc_service.envoy_grpc.retry_policy", "{'grpc_service': {'envoy_grpc': {'retry_policy': {}}}}",
            "filter_enabled_metadata", "{'filter_enabled_metadata': {}}",
            "http_service.authorization_request.allowed_headers",
            "{'http_service': {'authorization_request': {'allowed_headers': {}}}}",
            "on_processing_response", "{'on_processing_response': {'name': 'x'}}");

    private record Protocol(String name, FilterFactory<?> factory, List<String> fields) {}

    private static List<Protocol> protocols() {
        List<String> authz = new ArrayList<>();
        add(authz, "", ExtAuthz.getDescriptor());
        CheckSettings.getDescriptor().getFields().forEach(field -> authz.add("check_settings." + field.getName()));
        List<String> proc = new ArrayList<>();
        add(proc, "", ExternalProcessor.getDescriptor());
        proc.removeIf(field -> field.startsWith("http_service."));
        return List.of(new Protocol("ext_authz", new AuthzFactory(() -> 0), authz),
                new Protocol("ext_proc", new ProcFactory(), proc));
    }

    private static void add(List<String> to, String prefix, Descriptor type) {
        for (FieldDescriptor field : type.getFields()) {
            String name = prefix + field.getName();
            boolean listed = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isRepeated()
                    && LISTED.contains(field.getMessageType().getName());
            if (listed) {
                add(to, name + ".", field.getMessageType());
            } else {
                to.add(name);
            }
        }
    }

    @Test
    void theManualListsEveryField() throws IOException {
        StringBuilder table = new StringBuilder(HEAD);
        for (Protocol protocol : protocols()) {
            row(table, protocol.name + ": effective", protocol.fields.stream().filter(field -> !WITHOUT_EFFECT.contains(field)
                    && !REFUSED.containsKey(field) && !isOfHttp(protocol, field)).toList());
            row(table, protocol.name + ": accepted, without effect",
                    protocol.fields.stream().filter(WITHOUT_EFFECT::contains).toList());
            row(table, protocol.name + ": refused as an error",
                    protocol.fields.stream().filter(field -> REFUSED.containsKey(field) || isOfHttp(protocol, field)).toList());
        }
        String page = Files.readString(PAGE);
        String written = Pattern.compile("(?m)" + Pattern.quote(HEAD) + "(^\\|.*\n|FIELDS\n)*").matcher(page)
                .replaceFirst(java.util.regex.Matcher.quoteReplacement(table.toString()));
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(PAGE, written);
        }
        assertThat(page).isEqualTo(written);
    }

    private static boolean isOfHttp(Protocol protocol, String field) {
        return protocol.name.equals("ext_proc") && field.equals("http_service");
    }

    private static void row(StringBuilder table, String what, List<String> fields) {
        table.append("| ").append(what).append(" | ").append(fields.stream().map(field -> "`" + field + "`")
                .collect(Collectors.joining(", "))).append(" |\n");
    }

    @Test
    void fieldsThatAreNotSupportedAreErrors() {
        Set<String> all = new TreeSet<>();
        for (Protocol protocol : protocols()) {
            all.addAll(protocol.fields);
            REFUSED.forEach((field, config) -> {
                if (protocol.fields.contains(field)) {
                    assertThat(FilterTester.issues(protocol.factory, "{'backends': {'server': 's'}, 'config': " + config + "}"))
                            .as(protocol.name + " " + field).anyMatch(issue -> issue.error());
                }
            });
        }
        assertThat(all).containsAll(REFUSED.keySet()).containsAll(WITHOUT_EFFECT);
        assertThat(FilterTester.issues(new ProcFactory(), "{'backends': {'server': 's'}, 'config': {'http_service': {}}}"))
                .anyMatch(issue -> issue.error());
    }
}
