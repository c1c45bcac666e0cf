package io.jigress.control.kinds;

import io.jigress.api.IpLiteral;
import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A Gateway and its listeners.
///
/// @param addresses IP literals to listen on; empty for those of the settings
/// @param badAddress whether it names an address that cannot be used
/// @param listenerSets the namespaces whose ListenerSets may add listeners; null for none
/// @param badParameters whether it refers to parameters, which are not supported: nothing of it is opened
/// @param frontend which certificates the clients of its HTTPS listeners must show
/// @param infrastructure for what is made for it
/// @param own the certificate that endpoints are shown where a BackendTLSPolicy secures connections; null for none
public record Gateway(String className, List<Listener> listeners, List<String> addresses, boolean badAddress,
        @Nullable AllowedSets listenerSets, boolean badParameters, Infrastructure infrastructure, FrontendTls frontend,
        ListenerTls.@Nullable Ref own) {

    /// What a Gateway asks of the objects that are made for it.
    public record Infrastructure(Map<String, String> labels, Map<String, String> annotations) {}

    /// @param host pattern, `*` for any
    /// @param index in the object
    /// @param tls how it terminates TLS; null where it does not
    /// @param valid false when a field is invalid: it is not opened
    public record Listener(String name, String host, int port, String protocol, AllowedRoutes allowed, @Nullable ListenerTls tls,
            int index, boolean valid) {
        public String path() {
            return "spec.listeners[" + index + "]";
        }

        /// What it carries; null for a protocol that is not known.
        public @Nullable ListenerProtocol carries() {
            return ListenerProtocol.of(protocol);
        }

        /// Whether routes attach to it that carry no HTTP.
        public boolean isStream() {
            ListenerProtocol carried = carries();
            return carried != null && carried.isStream();
        }

        /// Whether TLS is passed on unread.
        public boolean passthrough() {
            return tls == null && protocol.equals(ListenerProtocol.TLS.name());
        }
    }

    /// The routes that may attach.
    ///
    /// @param kinds that may attach
    /// @param kindsValid whether all listed kinds can attach to a listener of its protocol
    public record AllowedRoutes(Namespaces from, LabelSelector selector, Set<RouteKind> kinds, boolean kindsValid) {
        public AllowedRoutes {
            kinds = Set.copyOf(kinds);
        }
    }

    public enum Namespaces {
        SAME, ALL, SELECTOR, NONE
    }

    /// The namespaces whose ListenerSets may add listeners.
    public record AllowedSets(Namespaces from, LabelSelector selector) {}

    /// Labels that a Namespace must have.
    public record LabelSelector(Map<String, String> labels, List<Requirement> requirements) {
        static final LabelSelector EVERYTHING = new LabelSelector(Map.of(), List.of());

        public boolean fits(Map<String, String> actual) {
            return actual.entrySet().containsAll(labels.entrySet()) && requirements.stream().allMatch(r -> r.fits(actual));
        }
    }

    public record Requirement(String key, Operator operator, List<String> values) {
        boolean fits(Map<String, String> actual) {
            String value = actual.get(key);
            return switch (operator) {
                case IN -> value != null && values.contains(value);
                case NOT_IN -> value == null || !values.contains(value);
                case EXISTS -> value != null;
                case DOES_NOT_EXIST -> value == null;
            };
        }
    }

    public enum Operator {
        IN, NOT_IN, EXISTS, DOES_NOT_EXIST
    }

    private static final String NOT_OPENED = "the listener is not opened";
    private static final String NO_SETS = "no ListenerSet may add listeners";
    /// Names of HTTP/2 and of protocols over it, as other gateways write them.
    private static final Set<String> HTTP_2 = Set.of("HTTP2", "H2", "H2C", "GRPC", "GRPC-WEB");
    private static final List<String> PROTOCOLS = Stream.of(ListenerProtocol.values()).map(Enum::name).toList();

    public static Gateway read(Document document) {
        JsonReader spec = document.spec();
        String className = spec.requiredText("gatewayClassName");
        List<Listener> listeners = new ArrayList<>();
        List<JsonReader> items = spec.objects("listeners");
        if (items.isEmpty() && !document.failedSince(0)) {
            spec.error("listeners", "is empty", "at least one listener");
        }
        for (int i = 0; i < items.size(); i++) {
            listeners.add(listener(document, items.get(i), i, listeners));
        }
        int mark = document.mark();
        List<String> addresses = addresses(spec);
        boolean badAddress = document.failedSince(mark);
        AllowedSets sets = sets(document, spec);
        JsonReader made = spec.object("infrastructure");
        Infrastructure infrastructure = new Infrastructure(Map.copyOf(made.textMap("labels")),
                Map.copyOf(made.textMap("annotations")));
        boolean badParameters = badParameters(made);
        FrontendTls frontend = FrontendTls.NONE;
        ListenerTls.Ref own = null;
        if (spec.any("tls") != null) {
            JsonReader tls = spec.object("tls");
            tls.ignore("frontend");
            frontend = tls.has("frontend")
                    ? FrontendTls.read(document, tls.object("frontend"), listeners, sets != null)
                    : FrontendTls.NONE;
            own = own(document, tls.object("backend"));
            int before = document.mark();
            tls.finishStrictly("the HTTPS listeners are not opened");
            if (tls.broken() || document.failedSince(before)) {
                frontend = FrontendTls.INVALID;
            }
        }
        for (String later : List.of("backendTLS", "defaultScope")) {
            if (spec.any(later) != null) {
                spec.warning(later, "has no effect yet", "nothing");
            }
        }
        if (spec.finish(Map.of("tls", "the HTTPS listeners are not opened")).contains("tls")) {
            frontend = FrontendTls.INVALID;
        }
        return new Gateway(className, List.copyOf(listeners), addresses, badAddress, sets, badParameters, infrastructure,
                frontend, own);
    }

    private static ListenerTls.@Nullable Ref own(Document document, JsonReader backend) {
        ListenerTls.Ref ref = backend.has("clientCertificateRef")
                ? ListenerTls.ref(backend.object("clientCertificateRef"), document, Kinds.CORE, "Secret",
                        "endpoints are shown no certificate")
                : null;
        backend.ignore("clientCertificateRef");
        backend.finishStrictly("endpoints are shown no certificate");
        return ref;
    }

    private static @Nullable AllowedSets sets(Document document, JsonReader spec) {
        int mark = document.mark();
        JsonReader allowed = spec.object("allowedListeners");
        AllowedNamespaces namespaces = namespaces(allowed.object("namespaces"), Namespaces.NONE, NO_SETS);
        allowed.finish(Map.of("namespaces", NO_SETS));
        return !spec.has("allowedListeners") || document.failedSince(mark)
                ? null
                : new AllowedSets(namespaces.from, namespaces.selector);
    }

    private static boolean badParameters(JsonReader infrastructure) {
        boolean bad = infrastructure.has("parametersRef");
        if (bad) {
            infrastructure.ignore("parametersRef");
            infrastructure.error("parametersRef", "has no effect: Gateways take no parameters, so that the Gateway is not opened",
                    "nothing; a TrafficPolicy sets what a Gateway does");
        }
        infrastructure.finish();
        return bad;
    }

    static Listener listener(Document document, JsonReader item, int index, List<Listener> before) {
        int mark = document.mark();
        String name = item.requiredText("name");
        if (before.stream().anyMatch(l -> l.name().equals(name))) {
            item.error("name", "is \"" + name + "\", the name of an earlier listener", "a name of its own");
        }
        String host = HostPattern.read(item, "hostname");
        int port = (int) item.requiredInteger("port", 1, 65535);
        String protocol = item.requiredText("protocol");
        ListenerProtocol carries = ListenerProtocol.of(protocol);
        if (carries == null && !protocol.isEmpty()) {
            if (HTTP_2.contains(protocol.toUpperCase(Locale.ROOT))) {
                item.error("protocol", "is \"" + protocol + "\"", "HTTP, which serves HTTP/2 with prior knowledge too, or HTTPS");
            } else {
                item.unknown("protocol", protocol, PROTOCOLS);
            }
        }
        if (carries != null && !carries.hasHosts() && item.has("hostname") && !host.equals(HostPattern.ANY)) {
            item.error("hostname", "is \"" + host + "\" on a listener of protocol " + protocol + ", so that " + NOT_OPENED,
                    "no hostname" + (carries == ListenerProtocol.TCP ? ", or protocol: TLS" : ""));
        }
        ListenerTls tls = carries == null ? null : tls(document, item, carries);
        item.ignore("tls");
        boolean passthrough = tls == null && carries == ListenerProtocol.TLS;
        AllowedRoutes allowed = allowed(item.object("allowedRoutes"),
                carries == null ? Set.of(RouteKind.HTTP, RouteKind.GRPC) : carries.routes(passthrough));
        item.finish(Map.of("hostname", NOT_OPENED, "allowedRoutes", NOT_OPENED));
        return new Listener(name, host, port, protocol, allowed, tls, index, !document.failedSince(mark));
    }

    private static @Nullable ListenerTls tls(Document document, JsonReader item, ListenerProtocol carries) {
        if (carries.overTls() && !item.has("tls")) {
            item.error("tls", "is missing, so that " + NOT_OPENED, carries == ListenerProtocol.TLS
                    ? "mode: Passthrough, or certificateRefs with a Secret of type " + TlsSecret.TYPE
                    : "certificateRefs with a Secret of type " + TlsSecret.TYPE);
        } else if (carries.overTls()) {
            return ListenerTls.read(item.object("tls"), document, carries);
        } else if (item.any("tls") != null) {
            item.error("tls", "is set on a listener of protocol " + carries + ", so that " + NOT_OPENED,
                    carries == ListenerProtocol.HTTP ? "protocol: HTTPS, or no tls"
                            : carries == ListenerProtocol.TCP ? "protocol: TLS, or no tls" : "no tls");
        }
        return null;
    }

    /// @param possible the kinds that the listener can carry
    private static AllowedRoutes allowed(JsonReader allowed, Set<RouteKind> possible) {
        AllowedNamespaces namespaces = namespaces(allowed.object("namespaces"), Namespaces.SAME, NOT_OPENED);
        Set<RouteKind> kinds = EnumSet.noneOf(RouteKind.class);
        if (!allowed.has("kinds")) {
            kinds.addAll(possible);
        }
        boolean valid = true;
        for (JsonReader kind : allowed.objects("kinds")) {
            String group = kind.text("group", Kinds.GATEWAY_API);
            String name = kind.requiredText("kind");
            RouteKind known = group.equals(Kinds.GATEWAY_API) ? RouteKind.of(name) : null;
            if (known != null && possible.contains(known)) {
                kinds.add(known);
            } else if (!name.isEmpty()) {
                kind.warning("kind", "is \"" + name + "\", which cannot attach here",
                        possible.stream().sorted().map(RouteKind::text).collect(Collectors.joining(" or ")));
                valid = false;
            }
            kind.finish();
        }
        allowed.finish(Map.of("namespaces", NOT_OPENED, "kinds", NOT_OPENED));
        return new AllowedRoutes(namespaces.from, namespaces.selector, kinds, valid);
    }

    private record AllowedNamespaces(Namespaces from, LabelSelector selector) {}

    private static AllowedNamespaces namespaces(JsonReader namespaces, Namespaces fallback, String cost) {
        Namespaces from = namespaces.choice("from", fallback, word -> switch (word) {
            case "Same" -> Namespaces.SAME;
            case "All" -> Namespaces.ALL;
            case "Selector" -> Namespaces.SELECTOR;
            case "None" -> Namespaces.NONE;
            default -> null;
        }, "Same, All, Selector or None");
        LabelSelector selector = LabelSelector.EVERYTHING;
        if (from == Namespaces.SELECTOR) {
            if (!namespaces.has("selector")) {
                namespaces.error("selector", "is missing", "labels, since from is Selector");
            }
            selector = selector(namespaces.object("selector"));
        } else if (namespaces.any("selector") != null) {
            namespaces.warning("selector", "has no effect", "from: Selector");
        }
        namespaces.finish(Map.of("from", cost, "selector", cost));
        return new AllowedNamespaces(from, selector);
    }

    private static LabelSelector selector(JsonReader selector) {
        Map<String, String> labels = selector.textMap("matchLabels");
        List<Requirement> requirements = new ArrayList<>();
        for (JsonReader item : selector.objects("matchExpressions")) {
            String key = item.requiredText("key");
            if (!item.has("operator")) {
                item.error("operator", "is missing", "In, NotIn, Exists or DoesNotExist");
            }
            Operator operator = item.choice("operator", Operator.EXISTS, word -> switch (word) {
                case "In" -> Operator.IN;
                case "NotIn" -> Operator.NOT_IN;
                case "Exists" -> Operator.EXISTS;
                case "DoesNotExist" -> Operator.DOES_NOT_EXIST;
                default -> null;
            }, "In, NotIn, Exists or DoesNotExist");
            List<String> values = item.texts("values");
            boolean known = item.json().members().keySet().stream().allMatch(Set.of("key", "operator", "values")::contains);
            boolean listed = operator == Operator.IN || operator == Operator.NOT_IN;
            if (known && item.has("operator") && listed == values.isEmpty()) {
                item.error("values", listed ? "is empty" : "has no meaning for this operator",
                        listed ? "at least one value" : "nothing, or In or NotIn");
            }
            requirements.add(new Requirement(key, operator, List.copyOf(values)));
            item.finishStrictly(NOT_OPENED);
        }
        selector.finishStrictly(NOT_OPENED);
        return new LabelSelector(Map.copyOf(labels), List.copyOf(requirements));
    }

    private static List<String> addresses(JsonReader spec) {
        List<String> addresses = new ArrayList<>();
        for (JsonReader item : spec.objects("addresses")) {
            String type = item.text("type", "IPAddress");
            String value = item.text("value", "");
            if (!type.equals("IPAddress")) {
                item.error("type", "is \"" + type + "\", which is not supported", "IPAddress");
            } else if (item.has("value") && IpLiteral.parse(value) == null) {
                item.error("value", "is \"" + value + "\"", "an IP address, or no value for any address");
            } else if (item.has("value") && !addresses.contains(value)) {
                addresses.add(value);
            }
            item.finish();
        }
        return List.copyOf(addresses);
    }
}
