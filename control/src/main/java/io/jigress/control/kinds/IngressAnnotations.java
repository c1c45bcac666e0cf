package io.jigress.control.kinds;

import io.jigress.api.NearestName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads annotations of other controllers, and reports those that are not supported. One that protects closes its Ingress, and an Ingress
/// with one that restricts which requests it gets is not served.
final class IngressAnnotations {

    /// The effect of unsupported annotations on their Ingress.
    ///
    /// @param closed whether the paths must not let requests pass
    /// @param leftOut whether the Ingress must not be served: it would get requests that it should not get
    /// @param regex whether the paths are regular expressions
    /// @param rpc the name of the mapping to Dubbo; null for none
    /// @param destinations hosts of a McpBridge, for backends that refer to it
    /// @param canary null if it is not a canary
    record Effect(boolean closed, boolean leftOut, boolean regex, Ingress.@Nullable Rpc rpc,
            List<Ingress.Destination> destinations, BackendProtocol protocol, @Nullable Canary canary) {}

    private enum Cost {
        /// The paths answer 503.
        CLOSES,
        /// The Ingress is not served.
        LEAVES_OUT,
        /// An error that affects no request.
        MISLEADS,
        /// A warning.
        NOTHING
    }

    /// Annotations that are used together, and reported once.
    ///
    /// @param names of the annotations without their prefix
    /// @param matters tests whether an annotation with this name and value has an effect in the other controller
    /// @param expected returns what to write instead, from the value of the first annotation
    private record Group(Cost cost, Set<String> names, BiPredicate<String, String> matters, String purpose,
            UnaryOperator<String> expected) {
        static Group of(Cost cost, String names, String purpose, String expected) {
            return new Group(cost, words(names), (_, value) -> !value.isBlank(), purpose, _ -> expected);
        }

        Group unless(String... values) {
            Set<String> off = Set.of(values);
            return new Group(cost, names, (name, value) -> matters.test(name, value) && !off.contains(value), purpose, expected);
        }

        Group when(BiPredicate<String, String> condition) {
            return new Group(cost, names, condition, purpose, expected);
        }

        Group instead(UnaryOperator<String> text) {
            return new Group(cost, names, matters, purpose, text);
        }
    }

    /// The names of ingress-nginx; Higress takes the same ones under its own prefix.
    private static final List<String> PREFIXES = List.of("nginx.ingress.kubernetes.io/", "higress.io/",
            "mse.ingress.kubernetes.io/");

    /// Other controllers with their own annotation names.
    private static final List<String> OTHERS = List.of("nginx.org/", "nginx.com/", "ingress.kubernetes.io/", "haproxy.org/",
            "haproxy-ingress.github.io/", "traefik.ingress.kubernetes.io/", "traefik.io/", "konghq.com/",
            "alb.ingress.kubernetes.io/",
            "appgw.ingress.kubernetes.io/", "projectcontour.io/", "contour.heptio.com/", "getambassador.io/",
            "networking.gke.io/");

    private static final Pattern PROTECTING_NAME = Pattern.compile(
            "auth|jwt|oidc|whitelist|allowlist|allow-list|denylist|deny-list|blacklist|blocklist|source-range|inbound-cidrs|middlewares"
                    + "|plugins|waf|modsecurity|client-ca|verify-client|mutual|rate-limit|ratelimit|limit-rps|limit-connections"
                    + "|app-protect|snippet|policies");

    private static final Pattern PROTECTING_SNIPPET = Pattern.compile(
            "\\b(deny|allow|auth_\\w+|return\\s+[45]|limit_req|limit_conn|internal|satisfy|modsecurity\\w*|access_by_lua\\w*"
                    + "|ssl_verify_client|ssl_client_certificate|valid_referers|limit_except)\\b");

    static final String NOT_YET = "no such annotation: Jigress cannot do this yet";

    private static final List<Group> GROUPS = List.of(
            Group.of(Cost.CLOSES, "auth-type auth-secret auth-secret-type auth-realm consumer consumers auth-consumer-group",
                    "asks for basic authentication", NOT_YET),
            Group.of(Cost.CLOSES,
                    "auth-url auth-signin auth-signin-redirect-param auth-method auth-response-headers auth-request-redirect auth-snippet"
                            + " auth-cache-key auth-cache-duration auth-keepalive auth-keepalive-requests auth-keepalive-share-vars"
                            + " auth-keepalive-timeout auth-proxy-set-headers auth-always-set-cookie",
                    "asks for external authentication", NOT_YET),
            Group.of(Cost.CLOSES,
                    "auth-tls-secret auth-tls-verify-client auth-tls-verify-depth auth-tls-match-cn auth-tls-error-page"
                            + " auth-tls-pass-certificate-to-upstream",
                    "asks for client certificates", "a Gateway with spec.tls.frontend").unless("off"),
            Group.of(Cost.CLOSES, "whitelist-source-range allowlist-source-range domain-whitelist-source-range",
                    "allows some client addresses only", "").instead(ranges("allow")).unless("0.0.0.0/0", "*"),
            Group.of(Cost.CLOSES, "denylist-source-range blacklist-source-range domain-blacklist-source-range",
                    "refuses some client addresses", "").instead(ranges("deny")),
            Group.of(Cost.CLOSES, "enable-modsecurity enable-owasp-core-rules modsecurity-snippet modsecurity-transaction-id",
                    "asks for a web application firewall", "a Plugin with name: waf and this Ingress in its targetRefs")
                    .unless("false"),
            Group.of(Cost.CLOSES,
                    "limit-rps limit-rpm limit-connections limit-burst-multiplier limit-whitelist limit-allowlist route-limit-rps"
                            + " route-limit-rpm route-limit-burst-multiplier",
                    "limits the rate of requests", "a Plugin with name: key-rate-limit and this Ingress in its targetRefs")
                    .unless("0"),
            Group.of(Cost.CLOSES, "configuration-snippet server-snippet stream-snippet",
                    "contains nginx configuration that restricts access", NOT_YET)
                    .when((_, value) -> PROTECTING_SNIPPET.matcher(value).find()),
            Group.of(Cost.NOTHING, "configuration-snippet server-snippet stream-snippet", "contains nginx configuration",
                    "a Plugin or a TrafficPolicy that names this Ingress, or an HTTPRoute with filters")
                    .when((_, value) -> !PROTECTING_SNIPPET.matcher(value).find()),
            Group.of(Cost.LEAVES_OUT, "match-method", "restricts which requests this Ingress gets",
                    "an HTTPRoute with method, headers or queryParams in its matches"),
            Group.of(Cost.MISLEADS, "use-regex", "makes the paths regular expressions",
                    "an HTTPRoute with path.type: RegularExpression").unless("false"),
            Group.of(Cost.MISLEADS, "force-ssl-redirect", "redirects to HTTPS",
                    "an HTTPRoute with the filter RequestRedirect and scheme: https").unless("false"),
            Group.of(Cost.NOTHING, "ssl-redirect preserve-trailing-slash ssl-passthrough ssl-ciphers ssl-prefer-server-ciphers",
                    "concerns TLS", NOT_YET).unless("false"),
            Group.of(Cost.NOTHING, "rewrite-target", "rewrites the path", "an HTTPRoute with the filter URLRewrite"),
            Group.of(Cost.NOTHING,
                    "enable-cors cors-allow-origin cors-allow-methods cors-allow-headers cors-allow-credentials cors-expose-headers"
                            + " cors-max-age",
                    "asks for CORS", "a Plugin with name: cors and this Ingress in its targetRefs")
                    .when((name, value) -> name.equals("enable-cors") && value.equals("true")),
            Group.of(Cost.NOTHING, "proxy-body-size", "limits request bodies", "")
                    .instead(value -> "a TrafficPolicy with limits: {requestBody: " + size(value)
                            + "} and this Ingress in its targetRefs"),
            Group.of(Cost.NOTHING, "proxy-connect-timeout", "sets the connect timeout", "")
                    .instead(value -> "a TrafficPolicy with timeouts: {connect: " + value
                            + "s} and this Ingress in its targetRefs"),
            Group.of(Cost.NOTHING, "proxy-read-timeout proxy-send-timeout", "sets a timeout", "")
                    .instead(value -> "a TrafficPolicy with timeouts: {idle: " + value + "s} and this Ingress in its targetRefs"),
            Group.of(Cost.NOTHING, "timeout", "sets a timeout", "")
                    .instead(value -> "a TrafficPolicy with timeouts: {request: " + value
                            + "s} and this Ingress in its targetRefs"),
            Group.of(Cost.NOTHING, "proxy-next-upstream proxy-next-upstream-tries proxy-next-upstream-timeout",
                    "configures retries", "a TrafficPolicy with retry and this Ingress in its targetRefs"),
            Group.of(Cost.NOTHING, "load-balance", "chooses how requests are balanced",
                    "a TrafficPolicy with loadBalancing and this Ingress in its targetRefs").unless("round_robin", "ROUND_ROBIN"),
            Group.of(Cost.NOTHING, "enable-access-log", "switches the access log off",
                    "a TrafficPolicy with accessLog: false and this Ingress in its targetRefs").unless("true"),
            Group.of(Cost.NOTHING,
                    "permanent-redirect permanent-redirect-code temporal-redirect temporal-redirect-code app-root from-to-www-redirect"
                            + " relative-redirects use-port-in-redirects",
                    "redirects requests", "an HTTPRoute with the filter RequestRedirect").unless("false"),
            Group.of(Cost.NOTHING, "upstream-vhost", "replaces the host", "")
                    .instead(value -> "an HTTPRoute with the filter URLRewrite and hostname: " + value),
            Group.of(Cost.NOTHING,
                    "custom-headers x-forwarded-prefix connection-proxy-header request-header-control-add request-header-control-update"
                            + " request-header-control-remove response-header-control-add response-header-control-update"
                            + " response-header-control-remove",
                    "edits headers", "a Plugin with name: header-modifier and this Ingress in its targetRefs"),
            Group.of(Cost.NOTHING,
                    "affinity affinity-mode session-cookie-name session-cookie-path session-cookie-domain session-cookie-expires"
                            + " session-cookie-max-age session-cookie-samesite session-cookie-secure session-cookie-change-on-failure"
                            + " session-cookie-conditional-samesite-none",
                    "asks for session affinity", NOT_YET),
            Group.of(Cost.NOTHING, "server-alias", "names further hosts", "a rule with the same paths for each host"));

    private static final Set<String> WITHOUT_GROUP = words("client-body-buffer-size custom-http-errors default-backend"
            + " disable-proxy-intercept-errors enable-global-auth enable-opentelemetry enable-rewrite-log fastcgi-index"
            + " fastcgi-params-configmap http2-push-preload limit-rate limit-rate-after mirror-host mirror-request-body mirror-target"
            + " opentelemetry-operation-name opentelemetry-trust-incoming-span proxy-buffer-size proxy-buffering proxy-buffers-number"
            + " proxy-busy-buffers-size proxy-cookie-domain proxy-cookie-path proxy-http-version proxy-max-temp-file-size"
            + " proxy-redirect-from proxy-redirect-to"
            + " proxy-request-buffering satisfy service-upstream upstream-hash-by upstream-hash-by-subset upstream-hash-by-subset-size destination mirror-target-service"
            + " mirror-target-fqdn mirror-target-fqdn-port mirror-percentage ignore-path-case rpc-destination-name ssl-cipher"
            + " tls-min-protocol-version tls-max-protocol-version mcp-server mcp-server-match-rule-domains mcp-server-match-rule-type"
            + " mcp-server-match-rule-value mcp-server-upstream-type mcp-server-enable-path-rewrite mcp-server-path-rewrite-prefix"
            + " mcp-sse-stateful-param-name");

    private static final String RPC = "rpc-destination-name";
    private static final String DESTINATION = "destination";
    /// `[weight%] host[:port] [subset]`
    private static final Pattern DESTINATION_LINE = Pattern.compile("(?:(\\d{1,3})%\\s+)?(\\S+)(?:\\s+(\\S+))?");

    private static final Set<String> KNOWN = known();

    private final Document document;
    private boolean closed;
    private boolean leftOut;
    private boolean regex;
    private Ingress.@Nullable Rpc rpc;
    private List<Ingress.Destination> destinations = List.of();

    private IngressAnnotations(Document document) {
        this.document = document;
    }

    /// Reports the annotations of an Ingress.
    static Effect read(Document document) {
        IngressAnnotations reading = new IngressAnnotations(document);
        Map<String, String> annotations = document.annotations();
        // One name under two prefixes is reported once.
        Map<String, String> byName = new TreeMap<>();
        Map<String, String> written = new LinkedHashMap<>();
        annotations.forEach((full, value) -> PREFIXES.stream().filter(full::startsWith).findFirst().ifPresent(prefix -> {
            String name = full.substring(prefix.length());
            byName.put(name, value);
            written.put(name, full);
        }));
        if ("off".equals(byName.get("auth-tls-verify-client"))) {
            byName.keySet().removeIf(name -> name.startsWith("auth-tls-"));
        }
        if ("false".equals(byName.get("enable-modsecurity"))) {
            byName.keySet().removeIf(name -> name.contains("modsecurity") || name.equals("enable-owasp-core-rules"));
        }
        Set<String> told = new TreeSet<>();
        reading.rpc(byName, written, told);
        reading.destinations(byName, written, told);
        BackendProtocol protocol = BackendProtocol.read(document, byName, written);
        if (reading.rpc != null && protocol.valid() && !protocol.equals(BackendProtocol.OF_PORT)) {
            document.root().warning(
                    "metadata.annotations." + written.getOrDefault(BackendProtocol.PROTOCOL, BackendProtocol.PROTOCOL),
                    "has no effect beside " + RPC, "one of the two");
            protocol = BackendProtocol.OF_PORT;
        }
        told.addAll(BackendProtocol.names());
        Canary.Reading canary = Canary.read(document, byName, written);
        reading.leftOut |= !canary.valid();
        told.addAll(Canary.NAMES);
        GROUPS.forEach(group -> reading.group(group, byName, written, told));
        byName.forEach((name, value) -> {
            if (!told.contains(name)) {
                reading.single(name, value, written.getOrDefault(name, name));
            }
        });
        annotations.keySet().stream().filter(full -> OTHERS.stream().anyMatch(full::startsWith)).forEach(reading::other);
        return new Effect(reading.closed, reading.leftOut, reading.regex, reading.rpc, reading.destinations, protocol,
                canary.canary());
    }

    private void rpc(Map<String, String> byName, Map<String, String> written, Set<String> told) {
        String full = written.getOrDefault(RPC, "");
        if (full.startsWith("higress.io/") || full.startsWith("mse.")) {
            told.add(RPC);
            rpc = new Ingress.Rpc(byName.getOrDefault(RPC, "").strip(), "metadata.annotations." + full);
        }
    }

    /// As in Higress, one line that cannot be read drops the whole annotation.
    private void destinations(Map<String, String> byName, Map<String, String> written, Set<String> told) {
        String full = written.getOrDefault(DESTINATION, "");
        if (!full.startsWith("higress.io/")) {
            return;
        }
        told.add(DESTINATION);
        String field = "metadata.annotations." + full;
        List<Ingress.Destination> read = new ArrayList<>();
        int sum = 0;
        List<String> lines = byName.getOrDefault(DESTINATION, "").lines().map(String::strip).filter(line -> !line.isEmpty())
                .toList();
        for (String line : lines) {
            Matcher parts = DESTINATION_LINE.matcher(line);
            if (!parts.matches()) {
                document.root().error(field, "has the line \"" + line + "\", so that it has no effect",
                        "lines such as 90% orders.DEFAULT-GROUP.public.nacos:8080 v1");
                return;
            }
            if (parts.group(1) == null && parts.group(2).matches("\\d{1,3}")) {
                document.root().error(field, "has the line \"" + line + "\", a share without its sign, so that it has no effect",
                        line.replaceFirst("^\\d+", "$0%"));
                return;
            }
            int weight = parts.group(1) == null ? 100 : Integer.parseInt(parts.group(1));
            String host = parts.group(2);
            int colon = host.lastIndexOf(':');
            String number = host.substring(colon + 1);
            // The names of Dubbo's services have colons, too.
            boolean hasPort = colon > 0 && number.matches("\\d{1,5}") && Integer.parseInt(number) >= 1
                    && Integer.parseInt(number) <= 65_535;
            String subset = parts.group(3) == null ? "" : parts.group(3);
            sum += weight;
            read.add(new Ingress.Destination(weight, hasPort ? host.substring(0, colon) : host, subset, field));
        }
        if (lines.size() > 1 && sum != 100) {
            document.root().warning(field, "has weights that add up to " + sum + "%", "100%");
        }
        destinations = List.copyOf(read);
    }

    private void group(Group group, Map<String, String> byName, Map<String, String> written, Set<String> told) {
        List<String> present = byName.keySet().stream().filter(group.names::contains).filter(name -> !told.contains(name))
                .toList();
        List<String> mattering = present.stream().filter(name -> group.matters.test(name, byName.getOrDefault(name, "")))
                .toList();
        if (mattering.isEmpty()) {
            if (group.cost != Cost.CLOSES || !group.names.contains("configuration-snippet")) {
                // All of them are off, or they have no effect without the leading annotation.
                told.addAll(present);
            }
            return;
        }
        told.addAll(present);
        String lead = group.names.stream().filter(mattering::contains).findFirst().orElse(mattering.getFirst());
        List<String> others = new ArrayList<>(present);
        others.remove(lead);
        String with = others.isEmpty() ? "" : "(with " + String.join(", ", others) + ") ";
        regex |= lead.equals("use-regex");
        report(group.cost, written.getOrDefault(lead, lead), with + group.purpose, "",
                group.expected.apply(byName.getOrDefault(lead, "")));
    }

    private void single(String name, String value, String full) {
        if (name.contains("-match-header-") || name.contains("-match-query-") || name.contains("-match-pseudo-header-")) {
            report(Cost.LEAVES_OUT, full, "restricts which requests this Ingress gets", "",
                    "an HTTPRoute with method, headers or queryParams in its matches");
        } else if (KNOWN.contains(name)) {
            report(Cost.NOTHING, full, "", "", NOT_YET);
        } else {
            String meant = NearestName.of(name, KNOWN).orElse("");
            Cost cost = GROUPS.stream().filter(group -> group.names.contains(meant) && group.matters.test(meant, value))
                    .map(group -> group.cost).findFirst()
                    .orElse(protects(name) || meant.equals(BackendProtocol.VERIFY) ? Cost.CLOSES : Cost.NOTHING);
            report(cost, full, "is not a known annotation", NearestName.hint(name, KNOWN),
                    full.startsWith("higress.io/") ? "an annotation of Higress" : "an annotation of ingress-nginx");
        }
    }

    private void other(String full) {
        report(protects(full) ? Cost.CLOSES : Cost.NOTHING, full, "belongs to another controller", "",
                "a Plugin or a TrafficPolicy that names this Ingress, or an HTTPRoute");
    }

    private static boolean protects(String name) {
        return PROTECTING_NAME.matcher(name).find();
    }

    private void report(Cost cost, String full, String what, String hint, String expected) {
        String sentence = what.isEmpty() ? "" : what + " and ";
        String field = "metadata.annotations." + full;
        switch (cost) {
            case CLOSES -> {
                closed = true;
                document.root().error(field,
                        sentence + "is not supported, so that the paths answer 503: it may protect them" + hint,
                        expected);
            }
            case LEAVES_OUT -> {
                leftOut = true;
                document.root().error(field, sentence + "is not supported, so that the Ingress is not served" + hint, expected);
            }
            case MISLEADS -> document.root().error(field, sentence + "is not supported" + hint, expected);
            case NOTHING -> document.root().warning(field, sentence + "has no effect" + hint, expected);
        }
    }

    private static UnaryOperator<String> ranges(String list) {
        return value -> "a Plugin with name: ip-restriction, config: {" + list + ": ["
                + String.join(", ",
                        Arrays.stream(value.split(",", -1)).map(String::strip).filter(range -> !range.isEmpty()).toList())
                + "]} and this Ingress in its targetRefs";
    }

    /// nginx's `8m` converted to the quantity of a TrafficPolicy.
    private static String size(String value) {
        String text = value.strip();
        if (text.equals("0")) {
            return "unlimited";
        }
        return text.replaceFirst("(?i)k$", "Ki").replaceFirst("(?i)m$", "Mi").replaceFirst("(?i)g$", "Gi");
    }

    private static Set<String> known() {
        Set<String> all = new TreeSet<>(WITHOUT_GROUP);
        GROUPS.forEach(group -> all.addAll(group.names));
        all.addAll(BackendProtocol.names());
        all.addAll(Canary.NAMES);
        return Set.copyOf(all);
    }

    private static Set<String> words(String text) {
        return new LinkedHashSet<>(Arrays.asList(text.split(" ", -1)));
    }
}
