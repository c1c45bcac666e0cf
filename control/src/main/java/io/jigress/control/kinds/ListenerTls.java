package io.jigress.control.kinds;

import static java.util.stream.Collectors.joining;

import io.jigress.api.JsonReader;
import io.jigress.api.NearestName;
import io.jigress.config.ApplicationProtocol;
import io.jigress.config.TlsVersion;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// How a listener of a Gateway terminates TLS.
///
/// @param certificates the objects that hold them
/// @param ciphers of TLS 1.2 by their IANA names; empty for the default ones
/// @param protocols that ALPN offers, the best first; empty where a listener of protocol TLS names none: ALPN is not negotiated
/// @param forward whether requests to upstreams have header fields about the certificates of clients
public record ListenerTls(List<Ref> certificates, TlsVersion oldest, TlsVersion newest, List<String> ciphers,
        List<ApplicationProtocol> protocols, boolean forward) {
    public static final String OLDEST = "jigress.io/tls-min-version";
    public static final String NEWEST = "jigress.io/tls-max-version";
    public static final String CIPHERS = "jigress.io/tls-ciphers";
    public static final String ALPN = "jigress.io/alpn";
    public static final String FORWARD = "jigress.io/forward-client-certificate";

    private static final String PREFIX = "jigress.io/";
    private static final String NOT_OPENED = "the listener is not opened";
    /// By the names of OpenSSL, those of IANA.
    private static final Map<String, String> SUITES = Map.ofEntries(
            Map.entry("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
            Map.entry("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
            Map.entry("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
            Map.entry("ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
            Map.entry("ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
            Map.entry("ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
            Map.entry("ECDHE-ECDSA-AES128-SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
            Map.entry("ECDHE-RSA-AES128-SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
            Map.entry("ECDHE-ECDSA-AES256-SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
            Map.entry("ECDHE-RSA-AES256-SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"));

    /// A reference to an object that holds certificates.
    ///
    /// @param path of the reference in the object that has it
    public record Ref(ResourceKey key, String path) {}

    /// Null for passthrough.
    ///
    /// @param carries HTTPS or TLS
    static @Nullable ListenerTls read(JsonReader tls, Document document, ListenerProtocol carries) {
        boolean stream = carries.isStream();
        int before = tls.issues().size();
        String mode = tls.text("mode", "Terminate");
        if (mode.equals("Passthrough") && stream) {
            passthrough(tls);
            return null;
        }
        if (mode.equals("Passthrough")) {
            tls.error("mode", "is \"Passthrough\", which a listener of protocol HTTPS cannot have, so that " + NOT_OPENED,
                    "Terminate, or protocol: TLS");
        } else if (!mode.equals("Terminate")) {
            tls.unknown("mode", mode, stream ? List.of("Terminate", "Passthrough") : List.of("Terminate"));
        }
        List<Ref> certificates = refs(tls, "certificateRefs", document, Kinds.CORE, "Secret");
        if (certificates.isEmpty() && tls.issues().size() == before) {
            tls.error("certificateRefs", "is empty, so that " + NOT_OPENED, "at least one Secret of type " + TlsSecret.TYPE
                    + (stream && !tls.has("mode") ? ", or mode: Passthrough" : ""));
        }
        Map<String, String> options = tls.textMap("options");
        JsonReader option = tls.object("options");
        TlsVersion oldest = version(option, options, OLDEST, TlsVersion.TLS_1_2);
        TlsVersion newest = version(option, options, NEWEST, TlsVersion.TLS_1_3);
        if (oldest.compareTo(newest) > 0) {
            option.error(OLDEST, "is newer than " + NEWEST + ", so that " + NOT_OPENED, "1.2 or 1.3");
        }
        List<String> ciphers = ciphers(option, options.getOrDefault(CIPHERS, ""));
        List<ApplicationProtocol> protocols = protocols(option, options.getOrDefault(ALPN, ""),
                stream ? List.of() : ApplicationProtocol.DEFAULT);
        String forward = options.getOrDefault(FORWARD, "false");
        if (!Set.of("true", "false").contains(forward)) {
            option.error(FORWARD, "is \"" + forward + "\", so that " + NOT_OPENED, "\"true\" or \"false\"");
        } else if (stream && forward.equals("true")) {
            option.warning(FORWARD, "has no effect on a listener of protocol TLS, whose streams have no header fields",
                    "protocol: HTTPS, or no such option");
        }
        Set<String> known = Set.of(OLDEST, NEWEST, CIPHERS, ALPN, FORWARD);
        options.keySet().stream().filter(name -> !known.contains(name)).sorted().forEach(name -> unknown(option, name, known));
        String old = "frontendValidation";
        if (tls.json().members().containsKey(old)) {
            tls.ignore(old);
            tls.error(old, "is a field of an old version of Gateway API, so that " + NOT_OPENED,
                    "spec.tls.frontend of the Gateway");
        }
        // A field that is not known may be meant to protect.
        tls.finishStrictly(NOT_OPENED);
        return new ListenerTls(certificates, oldest, newest, ciphers, protocols, forward.equals("true"));
    }

    /// Whatever terminates TLS has no effect: it is not read.
    private static void passthrough(JsonReader tls) {
        for (String field : List.of("certificateRefs", "options")) {
            if (tls.has(field)) {
                tls.warning(field, "has no effect in mode Passthrough: TLS is passed on unread", "mode: Terminate, or nothing");
            }
        }
        tls.ignore("certificateRefs", "options");
        tls.finishStrictly(NOT_OPENED);
    }

    /// Options of other gateways are ignored; a misspelled option of this gateway may be meant to protect, and is an error.
    private static void unknown(JsonReader option, String name, Set<String> known) {
        String expected = "one of " + String.join(", ", new TreeSet<>(known));
        if (name.contains("/") && !name.startsWith(PREFIX)) {
            option.warning(name, "is not a known option and has no effect", expected);
        } else {
            String hint = NearestName.hint(name.contains("/") ? name : PREFIX + name, known);
            option.error(name, "is not a known option, so that " + NOT_OPENED
                    + (known.contains(PREFIX + name) ? "; did you mean \"" + PREFIX + name + "\"?" : hint), expected);
        }
    }

    private static TlsVersion version(JsonReader option, Map<String, String> options, String name, TlsVersion fallback) {
        String text = options.get(name);
        if (text == null) {
            return fallback;
        }
        return switch (text) {
            case "1.2" -> TlsVersion.TLS_1_2;
            case "1.3" -> TlsVersion.TLS_1_3;
            default -> {
                option.error(name, "is \"" + text + "\", so that " + NOT_OPENED, "\"1.2\" or \"1.3\"");
                yield fallback;
            }
        };
    }

    private static List<String> ciphers(JsonReader option, String text) {
        List<String> suites = new ArrayList<>();
        for (String each : text.isBlank() ? new String[0] : text.split("[,:\\s]+", -1)) {
            String suite = SUITES.getOrDefault(each, each);
            if (SUITES.containsValue(suite)) {
                suites.add(suite);
            } else {
                option.error(CIPHERS, "has \"" + each + "\", which is not a known cipher suite of TLS 1.2, so that " + NOT_OPENED,
                        "some of " + String.join(", ", new TreeSet<>(SUITES.keySet())));
            }
        }
        return List.copyOf(suites);
    }

    private static List<ApplicationProtocol> protocols(JsonReader option, String text, List<ApplicationProtocol> fallback) {
        Set<ApplicationProtocol> protocols = new LinkedHashSet<>();
        for (String each : text.isBlank() ? new String[0] : text.split("[,\\s]+", -1)) {
            ApplicationProtocol protocol = ApplicationProtocol.of(each).findFirst().orElse(null);
            if (protocol == null) {
                option.error(ALPN, "has \"" + each + "\", so that " + NOT_OPENED,
                        "some of " + ApplicationProtocol.DEFAULT.stream().map(ApplicationProtocol::id).collect(joining(", ")));
            } else {
                protocols.add(protocol);
            }
        }
        return protocols.isEmpty() ? fallback : List.copyOf(protocols);
    }

    /// References in a list; they are resolved elsewhere.
    static List<Ref> refs(JsonReader reader, String field, Document document, String group, String kind) {
        List<Ref> refs = new ArrayList<>();
        for (JsonReader item : reader.objects(field)) {
            refs.add(ref(item, document, group, kind, NOT_OPENED));
        }
        return List.copyOf(refs);
    }

    /// @param group,kind where it names none
    /// @param cost the effect of an unknown field
    static Ref ref(JsonReader item, Document document, String group, String kind, String cost) {
        ResourceKey key = document.reference(item.text("group", group), item.text("kind", kind),
                item.text("namespace", document.namespace()),
                item.requiredText("name"));
        item.finishStrictly(cost);
        return new Ref(key, item.path());
    }
}
