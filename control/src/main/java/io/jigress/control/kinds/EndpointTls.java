package io.jigress.control.kinds;

import io.jigress.api.IpLiteral;
import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How connections to the endpoints of a Backend use TLS.
///
/// ```yaml
/// tls:
///   hostname: cart.example           # sent as the server name, and verified; by default the host of dns
///   subjectAltNames: [cart.internal] # optional: one of these is verified in place of the hostname
///   secretRef: {name: cart-tls}      # optional: ca.crt verifies the endpoints; tls.crt and tls.key are the gateway's certificate
///   insecureSkipVerify: false        # true: every certificate is accepted
///   alpn: [h2, http/1.1]             # optional: HTTP/2 where the endpoint chooses it
/// ```
///
/// @param hostname empty for none
/// @param names the certificate must have one of them; empty when nothing is verified
/// @param secret the name of a Secret; empty for none
/// @param alpn empty for what the protocol needs
public record EndpointTls(String hostname, List<String> names, String secret, boolean verifies, List<String> alpn) {
    private static final String UNUSED = "the Backend is not used";
    private static final List<String> PROTOCOLS = List.of("h2", "http/1.1");

    /// @param dns the name whose addresses are the endpoints; empty for other kinds of endpoints
    static @Nullable EndpointTls read(JsonReader spec, String protocol, String dns) {
        if (!spec.has("tls")) {
            return null;
        }
        JsonReader tls = spec.object("tls");
        boolean verifies = !tls.bool("insecureSkipVerify", false);
        String hostname = tls.text("hostname", dns).toLowerCase(Locale.ROOT);
        boolean address = IpLiteral.parse(hostname) != null;
        if (!hostname.isEmpty() && !address && (HostPattern.parse(hostname) == null || hostname.startsWith("*"))) {
            tls.error("hostname", "is \"" + hostname + "\"", "a DNS name or an IP address, as the certificate has it");
        }
        List<String> names = new ArrayList<>();
        for (String name : tls.texts("subjectAltNames")) {
            String known = name.contains("://") || IpLiteral.parse(name) != null ? name : HostPattern.parse(name);
            if (known == null) {
                tls.error("subjectAltNames", "has \"" + name + "\"", "DNS names, URIs or IP addresses");
            } else {
                names.add(known);
            }
        }
        if (verifies && names.isEmpty() && hostname.isEmpty()) {
            tls.error("hostname", "is missing", "the name that the certificate of the endpoints is for");
        }
        if (names.isEmpty() && !hostname.isEmpty()) {
            names.add(hostname);
        }
        String secret = "";
        if (tls.has("secretRef")) {
            JsonReader reference = tls.object("secretRef");
            secret = reference.requiredText("name");
            reference.finishStrictly(UNUSED);
        }
        List<String> alpn = tls.texts("alpn");
        for (String name : alpn) {
            if (!PROTOCOLS.contains(name)) {
                tls.unknown("alpn", name, PROTOCOLS);
            }
        }
        if (!alpn.isEmpty() && !protocol.equals("http1")) {
            tls.error("alpn", "cannot be used with protocol: " + protocol, "no alpn");
        } else if (!alpn.isEmpty() && !alpn.contains("http/1.1")) {
            tls.error("alpn", "has no http/1.1, which protocol: http1 needs", "[h2, http/1.1], or protocol: h2c without alpn");
        }
        tls.finishStrictly(UNUSED);
        return new EndpointTls(address ? "" : hostname, verifies ? List.copyOf(names) : List.of(), secret, verifies,
                List.copyOf(alpn));
    }
}
