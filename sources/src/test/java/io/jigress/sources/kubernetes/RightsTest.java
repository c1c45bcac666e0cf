package io.jigress.sources.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.FilterCatalog;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.RpcSyntax;
import io.jigress.control.translate.ResourceTranslator;
import io.jigress.control.translate.TranslationSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The rights in `deploy` are those that the source uses, and no others.
class RightsTest {
    private static final Pattern RULE = Pattern.compile("apiGroups:\\s*\\[([^]]*)],?\\s*resources:\\s*\\[([^]]*)],?\\s*"
            + "(?:resourceNames:\\s*\\[([^]]*)],?\\s*)?verbs:\\s*\\[([^]]*)]");

    private static final FilterCatalog NO_FILTERS = new FilterCatalog() {
        @Override
        public @Nullable Entry entry(String name) {
            return null;
        }

        @Override
        public Set<String> names() {
            return Set.of();
        }

        @Override
        public List<JsonReader.Issue> check(String name, String path, Json config) {
            return List.of();
        }
    };

    private static final RpcSyntax NO_RPC = new RpcSyntax() {
        @Override
        public void mapping(JsonReader spec, boolean published) {
            // No object is read.
        }

        @Override
        public boolean isJavaType(String type) {
            return true;
        }

        @Override
        public void connection(JsonReader connection) {
            // No object is read.
        }
    };

    /// `verb resource.group`, with the names it is restricted to.
    private static Set<String> rights(String... files) throws IOException {
        Set<String> rights = new TreeSet<>();
        for (String file : files) {
            Matcher rule = RULE.matcher(Files.readString(Path.of("..").resolve("deploy").resolve(file)));
            while (rule.find()) {
                String names = rule.group(3) == null ? "" : " " + rule.group(3).strip();
                items(rule.group(1)).forEach(group -> items(rule.group(2)).forEach(resource -> items(rule.group(4))
                        .forEach(verb -> rights.add(right(verb, resource, group) + names))));
            }
        }
        return rights;
    }

    private static Stream<String> items(String list) {
        return Arrays.stream(list.split(",")).map(item -> item.strip().replace("\"", ""));
    }

    private static String right(String verb, String resource, String group) {
        return verb + " " + resource + (group.isEmpty() ? "" : "." + group);
    }

    private static Set<String> used() {
        ResourceTranslator translator = new ResourceTranslator(TranslationSettings.DEFAULT, NO_FILTERS, _ -> null, NO_RPC);
        Set<String> used = new TreeSet<>(Set.of("create events", "create leases.coordination.k8s.io",
                "get leases.coordination.k8s.io jigress-status-writer",
                "update leases.coordination.k8s.io jigress-status-writer"));
        for (WatchedKind kind : WatchedKind.ALL) {
            if (translator.reads(new ResourceKey(kind.group(), kind.kind(), "", "")) || kind.isReferredTo()) {
                used.add(right("list", kind.plural(), kind.group()));
                used.add(right("watch", kind.plural(), kind.group()));
                if (kind.hasStatus()) {
                    used.add(right("patch", kind.plural() + "/status", kind.group()));
                }
            }
        }
        return used;
    }

    @Test
    void theRightsAreThoseOfTheKindsThatAreRead() throws IOException {
        assertThat(rights("rbac.yaml")).isEqualTo(used());
    }

    @Test
    void servicesOfGatewaysAddTheirOwn() throws IOException {
        Set<String> used = new TreeSet<>();
        for (String verb : List.of("create", "patch", "delete")) {
            used.add(right(verb, "services", ""));
            used.add(right(verb, "endpointslices", "discovery.k8s.io"));
        }
        assertThat(rights("rbac-services.yaml")).isEqualTo(used);
    }

    @Test
    void theChartGrantsTheSame() throws IOException {
        assertThat(rights("helm/jigress/templates/rbac.yaml", "helm/jigress/templates/_helpers.tpl"))
                .isEqualTo(rights("rbac.yaml", "rbac-services.yaml"));
    }
}
