package io.jigress.control.kinds;

import io.jigress.api.IpLiteral;
import io.jigress.api.NearestName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How connections to the backends of an Ingress are made, as the annotations `backend-protocol` and `proxy-ssl-…` of ingress-nginx define it.
///
/// @param valid false when an annotation has an error: requests are answered with an error
/// @param http2 whether the backends use HTTP/2 whatever the port says
/// @param tls null for connections without TLS
/// @param secretField the annotation that names the Secret of `tls`; empty for none
public record BackendProtocol(boolean valid, boolean http2, @Nullable EndpointTls tls, String secretField) {
    /// What the port of the Service says.
    static final BackendProtocol OF_PORT = new BackendProtocol(true, false, null, "");

    static final String PROTOCOL = "backend-protocol";
    static final String VERIFY = "proxy-ssl-verify";
    private static final String SECRET = "proxy-ssl-secret";
    private static final String NAME = "proxy-ssl-name";
    private static final String SERVER_NAME = "proxy-ssl-server-name";
    private static final String DEPTH = "proxy-ssl-verify-depth";
    private static final String CIPHERS = "proxy-ssl-ciphers";
    private static final String VERSIONS = "proxy-ssl-protocols";
    private static final List<String> TLS = List.of(VERIFY, SECRET, NAME, SERVER_NAME, DEPTH, CIPHERS, VERSIONS);

    private static final List<String> PROTOCOLS = List.of("HTTP", "HTTPS", "GRPC", "GRPCS");
    private static final String EXPECTED = "HTTP, HTTPS, GRPC or GRPCS";
    private static final String FAILS = ", so that requests get 500";

    /// Reads the annotations of an Ingress.
    ///
    /// @param byName the values, by the names without their prefixes
    /// @param written the names with their prefixes
    static BackendProtocol read(Document document, Map<String, String> byName, Map<String, String> written) {
        return new Reading(document, byName, written).read();
    }

    /// The names of the annotations.
    static Set<String> names() {
        Set<String> names = new LinkedHashSet<>(TLS);
        names.add(PROTOCOL);
        return names;
    }

    private static final class Reading {
        private final Document document;
        private final Map<String, String> byName;
        private final Map<String, String> written;
        private boolean valid = true;

        Reading(Document document, Map<String, String> byName, Map<String, String> written) {
            this.document = document;
            this.byName = byName;
            this.written = written;
        }

        BackendProtocol read() {
            String protocol = value(PROTOCOL).toUpperCase(Locale.ROOT);
            return switch (protocol) {
                case "", "HTTP" -> plain(false);
                // HTTP2 is a value of Higress.
                case "GRPC", "HTTP2" -> plain(true);
                case "HTTPS" -> secured(false);
                case "GRPCS" -> secured(true);
                case "AUTO_HTTP" -> refused("is \"AUTO_HTTP\", the protocol of the client, which is not supported" + FAILS,
                        "HTTP or HTTPS, as the port of the backend needs it");
                case "FCGI" -> refused("is \"FCGI\", which is not supported" + FAILS,
                        "HTTP, and a web server as the backend that passes requests on to the application by FastCGI");
                default -> refused("is \"" + value(PROTOCOL) + "\"" + FAILS + NearestName.hint(protocol, PROTOCOLS), EXPECTED);
            };
        }

        private BackendProtocol refused(String what, String expected) {
            error(PROTOCOL, what, expected);
            return new BackendProtocol(false, false, null, "");
        }

        private BackendProtocol plain(boolean http2) {
            List<String> present = new ArrayList<>(TLS);
            present.removeIf(name -> value(name).isEmpty() || value(name).equals("off"));
            if (!present.isEmpty()) {
                String lead = present.removeFirst();
                warning(lead, (present.isEmpty() ? "" : "(with " + String.join(", ", present) + ") ")
                        + "concerns TLS to the backends and has no effect without " + PROTOCOL,
                        PROTOCOL + ": HTTPS or GRPCS");
            }
            return http2 ? new BackendProtocol(true, true, null, "") : OF_PORT;
        }

        private BackendProtocol secured(boolean http2) {
            boolean verifies = isOn(VERIFY, true);
            boolean sendsName = isOn(SERVER_NAME, false);
            String name = name();
            if (verifies && name.isEmpty() && valid) {
                error(VERIFY, "is \"on\", and there is no " + NAME + FAILS,
                        NAME + " with the name that the certificate of the backends is for");
            } else if (sendsName && name.isEmpty()) {
                warning(SERVER_NAME, "has no effect without " + NAME, NAME + " with the server name to send");
            } else if (!verifies && !sendsName && !name.isEmpty() && valid) {
                warning(NAME, "has no effect without " + SERVER_NAME + " or " + VERIFY, SERVER_NAME + ": \"on\"");
            }
            String secret = secret();
            unsupported(verifies);
            if (!valid) {
                return new BackendProtocol(false, false, null, "");
            }
            boolean address = IpLiteral.parse(name) != null;
            EndpointTls tls = new EndpointTls(sendsName && !address ? name : "", verifies ? List.of(name) : List.of(), secret,
                    verifies, List.of());
            return new BackendProtocol(true, http2, tls, secret.isEmpty() ? "" : field(SECRET));
        }

        private boolean isOn(String annotation, boolean protects) {
            String value = value(annotation).toLowerCase(Locale.ROOT);
            if (!value.isEmpty() && !value.equals("on") && !value.equals("off")) {
                String what = "is \"" + value(annotation) + "\"";
                if (protects) {
                    error(annotation, what + FAILS, "\"on\" or \"off\"");
                } else {
                    warning(annotation, what + " and is taken as off", "\"on\" or \"off\"");
                }
            }
            return value.equals("on");
        }

        private String name() {
            String name = value(NAME).toLowerCase(Locale.ROOT);
            if (!name.isEmpty() && IpLiteral.parse(name) == null && (HostPattern.parse(name) == null || name.startsWith("*"))) {
                error(NAME, "is \"" + name + "\"" + FAILS, "a DNS name or an IP address, as the certificate has it");
            }
            return name;
        }

        /// In ingress-nginx `namespace/name`, where only the Ingress's own namespace is allowed; in Higress also `name`.
        private String secret() {
            String value = value(SECRET);
            int slash = value.indexOf('/');
            String name = value.substring(slash + 1);
            if (!value.isEmpty() && (name.isEmpty() || name.indexOf('/') >= 0)) {
                error(SECRET, "is \"" + value + "\"" + FAILS, document.namespace() + "/NAME");
            } else if (slash >= 0 && !value.substring(0, slash).equals(document.namespace())) {
                error(SECRET, "is \"" + value + "\", a Secret of another namespace" + FAILS,
                        "a Secret in " + document.namespace());
            }
            return name;
        }

        private void unsupported(boolean verifies) {
            if (verifies && !value(DEPTH).isEmpty()) {
                warning(DEPTH, "has no effect: chains of any length are verified", IngressAnnotations.NOT_YET);
            }
            if (!value(CIPHERS).isEmpty()) {
                warning(CIPHERS, "has no effect", IngressAnnotations.NOT_YET);
            }
            Set<String> versions = new LinkedHashSet<>(Arrays.asList(value(VERSIONS).split("\\s+", -1)));
            if (!value(VERSIONS).isEmpty() && !versions.equals(Set.of("TLSv1.2", "TLSv1.3"))) {
                warning(VERSIONS, "has no effect: TLS 1.2 and 1.3 are offered", "\"TLSv1.2 TLSv1.3\"");
            }
        }

        private String value(String annotation) {
            return byName.getOrDefault(annotation, "").strip();
        }

        private String field(String annotation) {
            return "metadata.annotations." + written.getOrDefault(annotation, annotation);
        }

        private void error(String annotation, String what, String expected) {
            valid = false;
            document.root().error(field(annotation), what, expected);
        }

        private void warning(String annotation, String what, String expected) {
            document.root().warning(field(annotation), what, expected);
        }
    }
}
