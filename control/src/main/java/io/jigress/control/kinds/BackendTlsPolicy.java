package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A BackendTLSPolicy (Gateway API): connections to Services use TLS. It defines how certificates are verified.
///
/// @param targets Services of its namespace; a section is the name of a port
/// @param hostname the server name of handshakes; the certificate must be valid for it unless there are `names`
/// @param authorities the objects that hold the CA certificates; empty for those of the system
/// @param names DNS names or URIs; the certificate must have one of them, in place of the hostname
/// @param valid false when a field is wrong: requests to the targets are refused
public record BackendTlsPolicy(List<TargetRef> targets, String hostname, List<Authority> authorities, List<String> names,
        boolean valid) {
    public static final String KIND = "BackendTLSPolicy";

    private static final String REFUSED = "requests to its targets are refused";

    /// @param path of the reference in the policy
    public record Authority(ResourceKey key, String path) {}

    public static BackendTlsPolicy read(Document document) {
        JsonReader spec = document.spec();
        List<TargetRef> targets = targets(document, spec);
        int mark = document.mark();
        JsonReader validation = spec.object("validation");
        if (!spec.has("validation")) {
            spec.error("validation", "is missing, so that " + REFUSED,
                    "how certificates are verified: hostname, caCertificateRefs");
        }
        String hostname = spec.has("validation") ? hostname(validation, "hostname") : "";
        List<Authority> authorities = authorities(document, validation);
        boolean system = validation.has("wellKnownCACertificates");
        if (system) {
            String which = validation.text("wellKnownCACertificates", "");
            if (!which.equals("System")) {
                validation.unknown("wellKnownCACertificates", which, List.of("System"));
            } else if (!authorities.isEmpty()) {
                validation.error("wellKnownCACertificates", "cannot be combined with caCertificateRefs, so that " + REFUSED,
                        "one of the two");
            }
        } else if (authorities.isEmpty() && spec.has("validation") && !document.failedSince(mark)) {
            validation.error("caCertificateRefs", "is empty, so that " + REFUSED,
                    "a ConfigMap with " + CaBundle.KEY + ", or wellKnownCACertificates: System");
        }
        List<String> names = names(validation);
        validation.finishStrictly(REFUSED);
        if (spec.has("options")) {
            Map<String, String> options = spec.textMap("options");
            options.keySet().stream().sorted()
                    .forEach(name -> spec.warning("options." + name, "is not a known option and has no effect", "no options"));
        }
        spec.finishStrictly(REFUSED);
        return new BackendTlsPolicy(targets, hostname, authorities, names, !document.failedSince(mark));
    }

    private static List<TargetRef> targets(Document document, JsonReader spec) {
        List<TargetRef> targets = new ArrayList<>();
        List<JsonReader> items = spec.objects("targetRefs");
        if (items.isEmpty() && !document.failedSince(0)) {
            spec.error("targetRefs", spec.has("targetRefs") ? "is empty" : "is missing", "at least one Service");
        }
        for (JsonReader item : items) {
            int mark = document.mark();
            String group = item.text("group", Kinds.CORE);
            String kind = item.requiredText("kind");
            String name = item.requiredText("name");
            String section = item.text("sectionName", "");
            if (!kind.isEmpty() && !(kind.equals("Service") && group.equals(Kinds.CORE))) {
                item.error("kind", "is \"" + Kinds.show(group, kind) + "\", so that the reference has no effect", "Service");
            }
            item.finishStrictly("the reference has no effect");
            targets.add(new TargetRef(document.reference(Kinds.CORE, "Service", document.namespace(), name), section, item.path(),
                    !document.failedSince(mark)));
        }
        return List.copyOf(targets);
    }

    private static String hostname(JsonReader reader, String field) {
        String text = reader.requiredText(field);
        String host = HostPattern.parse(text);
        if (!text.isEmpty() && (host == null || host.startsWith("*"))) {
            reader.error(field, "is \"" + text + "\", so that " + REFUSED, "a DNS name, as the certificate has it");
            return "";
        }
        return host == null ? "" : host;
    }

    private static List<Authority> authorities(Document document, JsonReader validation) {
        List<Authority> authorities = new ArrayList<>();
        for (JsonReader item : validation.objects("caCertificateRefs")) {
            ResourceKey key = document.reference(item.text("group", Kinds.CORE), item.requiredText("kind"), document.namespace(),
                    item.requiredText("name"));
            item.finishStrictly(REFUSED);
            authorities.add(new Authority(key, item.path()));
        }
        return List.copyOf(authorities);
    }

    private static List<String> names(JsonReader validation) {
        List<String> names = new ArrayList<>();
        for (JsonReader item : validation.objects("subjectAltNames")) {
            String type = item.requiredText("type");
            switch (type) {
                case "Hostname" -> {
                    String text = item.requiredText("hostname");
                    String host = HostPattern.parse(text);
                    if (!text.isEmpty() && host == null) {
                        HostPattern.wrong(item, "hostname", text);
                    }
                    names.add(host == null ? "" : host);
                }
                case "URI" -> {
                    String uri = item.requiredText("uri");
                    if (!uri.isEmpty() && !uri.contains("://")) {
                        item.error("uri", "is \"" + uri + "\"", "an absolute URI such as spiffe://cluster.local/ns/shop/sa/cart");
                    }
                    names.add(uri);
                }
                case "" -> {}
                default -> item.unknown("type", type, List.of("Hostname", "URI"));
            }
            item.finishStrictly(REFUSED);
        }
        return List.copyOf(names);
    }
}
