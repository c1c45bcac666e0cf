package io.jigress.plugins.wasm.abi;

import io.jigress.api.ConnectionFacts;
import io.jigress.api.Exchange;
import io.jigress.api.HeaderName;
import io.jigress.api.ProxyFailure;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.api.TlsFacts;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Properties by the paths of Envoy's attributes, in Envoy's form: texts as they are, numbers, times and durations as 64 bits, truth as one byte.
final class Attributes {
    private static final HeaderName REFERER = HeaderName.of("referer");
    private static final HeaderName GRPC_STATUS = HeaderName.of("grpc-status");
    private static final int DNS_NAME = 2;
    private static final int URI_NAME = 6;
    /// Envoy's response flags, as bits.
    private static final Map<String, Long> FLAGS = Map.ofEntries(Map.entry("UH", 0x2L), Map.entry("UT", 0x4L),
            Map.entry("UR", 0x10L),
            Map.entry("UF", 0x20L), Map.entry("UC", 0x40L), Map.entry("UO", 0x80L), Map.entry("NR", 0x100L),
            Map.entry("DC", 0x4000L),
            Map.entry("UPE", 0x800000L), Map.entry("NC", 0x1000000L));

    private Attributes() {}

    /// @param path its parts, with NUL between them
    /// @return null when there is no such property, or not yet
    static byte @Nullable [] get(Vm vm, String path) {
        HttpContext context = vm.current();
        byte[] own = context == null ? null : context.property(path);
        if (own != null) {
            return own;
        }
        byte[] ofPlugin = switch (path) {
            case "plugin_name" -> text(vm.facts().name());
            case "plugin_root_id" -> text(vm.facts().rootId());
            case "plugin_vm_id" -> text(vm.facts().vmId());
            default -> null;
        };
        Exchange exchange = context == null ? null : context.exchange();
        if (ofPlugin != null || exchange == null) {
            return ofPlugin;
        }
        int dot = path.indexOf('\0');
        return dot < 0
                ? single(exchange, path)
                : ofGroup(context, exchange, path.substring(0, dot), path.substring(dot + 1));
    }

    private static byte @Nullable [] single(Exchange exchange, String name) {
        return switch (name) {
            case "route_name" -> text(IstioNames.route(exchange.routeName()));
            case "cluster_name" -> {
                String cluster = exchange.clusterName();
                yield cluster == null ? null : text(IstioNames.cluster(cluster));
            }
            case "connection_id" -> number(exchange.connection().id());
            case "listener_direction" -> number(1); // Inbound.
            default -> null;
        };
    }

    /// With the names that the gateway itself uses.
    private static byte @Nullable [] ofConfiguration(Exchange exchange, String name) {
        return switch (name) {
            case "route_name" -> text(exchange.routeName());
            case "cluster_name" -> text(exchange.clusterName());
            default -> single(exchange, name);
        };
    }

    private static byte @Nullable [] ofGroup(@Nullable HttpContext context, Exchange exchange, String group, String name) {
        return switch (group) {
            case "request" -> ofRequest(exchange, name);
            case "response" -> ofResponse(context, exchange, name);
            case "source" -> address(exchange.connection().peer(), name);
            case "destination" -> address(exchange.connection().local(), name);
            case "upstream" -> ofUpstream(exchange, name);
            case "connection" -> ofConnection(exchange.connection(), name);
            case "xds" -> ofConfiguration(exchange, name);
            default -> null;
        };
    }

    private static byte @Nullable [] ofRequest(Exchange exchange, String name) {
        RequestHead head = exchange.request();
        int header = name.indexOf('\0');
        if (header > 0 && name.startsWith("headers")) {
            return text(
                    new HeaderMap(head.headers(), head, null, false).get(name.substring(header + 1).toLowerCase(Locale.ROOT)));
        }
        return switch (name) {
            case "path" -> text(head.target());
            case "url_path" -> text(head.path());
            case "query" -> text(head.query());
            case "host" -> text(head.authority());
            case "scheme" -> text(head.scheme());
            case "method" -> text(head.method());
            case "headers" -> Pairs.write(new HeaderMap(head.headers(), head, null, false).pairs());
            case "referer" -> text(head.headers().first(REFERER));
            case "useragent" -> text(head.headers().first(HeaderName.USER_AGENT));
            case "id" -> text(exchange.id());
            case "protocol" -> text(exchange.protocol());
            case "time" -> time(exchange.startTime());
            case "duration" -> number(exchange.elapsedNanos());
            case "size" -> number(Math.max(0, head.contentLength()));
            case "total_size" -> number(exchange.bytesReceived());
            default -> null;
        };
    }

    private static byte @Nullable [] ofResponse(@Nullable HttpContext context, Exchange exchange, String name) {
        ProxyFailure failure = exchange.failure();
        switch (name) {
            case "flags" -> {
                return number(failure == null ? 0 : FLAGS.getOrDefault(failure.kind().flag(), 0L));
            }
            case "code_details" -> {
                return text(exchange.reason());
            }
            case "total_size" -> {
                return number(exchange.bytesSent());
            }
            default -> {
                // A property of the response's head.
            }
        }
        ResponseHead head = exchange.response();
        if (head == null) {
            return null;
        }
        int header = name.indexOf('\0');
        if (header > 0 && name.startsWith("headers")) {
            return text(
                    new HeaderMap(head.headers(), null, head, false).get(name.substring(header + 1).toLowerCase(Locale.ROOT)));
        }
        return switch (name) {
            case "code" -> number(head.status());
            case "headers" -> Pairs.write(new HeaderMap(head.headers(), null, head, false).pairs());
            case "trailers" -> {
                var trailers = context == null ? null : context.response().trailers();
                yield trailers == null ? null : Pairs.write(HeaderMap.of(trailers, false).pairs());
            }
            case "grpc_status" -> {
                String status = head.headers().first(GRPC_STATUS);
                yield status == null || !status.matches("[0-9]{1,3}") ? null : number(Long.parseLong(status));
            }
            case "size" -> number(Math.max(0, head.contentLength()));
            default -> null;
        };
    }

    private static byte @Nullable [] address(@Nullable InetSocketAddress address, String name) {
        if (address == null) {
            return null;
        }
        return switch (name) {
            case "address" -> text(print(address));
            case "port" -> number(address.getPort());
            default -> null;
        };
    }

    /// `10.0.0.1:80`, `[0:0:0:0:0:0:0:1]:80`.
    static String print(InetSocketAddress address) {
        String ip = address.getAddress() == null ? address.getHostString() : address.getAddress().getHostAddress();
        return (ip.indexOf(':') >= 0 ? "[" + ip + "]" : ip) + ":" + address.getPort();
    }

    private static byte @Nullable [] ofUpstream(Exchange exchange, String name) {
        return name.equals("request_attempt_count") ? number(exchange.attempts()) : address(exchange.upstreamAddress(), name);
    }

    private static byte @Nullable [] ofConnection(ConnectionFacts connection, String name) {
        TlsFacts tls = connection.tls();
        switch (name) {
            case "id" -> {
                return number(connection.id());
            }
            case "mtls" -> {
                return new byte[] {(byte) (tls != null && tls.clientVerified() ? 1 : 0)};
            }
            default -> {
                // A property of TLS.
            }
        }
        if (tls == null) {
            return null;
        }
        return switch (name) {
            case "requested_server_name" -> text(tls.serverName());
            case "tls_version" -> text(tls.version());
            default -> tls.clientCertificates().isEmpty() ? null : ofCertificate(tls.clientCertificates().getFirst(), name);
        };
    }

    private static byte @Nullable [] ofCertificate(X509Certificate certificate, String name) {
        return switch (name) {
            case "subject_peer_certificate" -> text(certificate.getSubjectX500Principal().getName());
            case "dns_san_peer_certificate" -> text(alternativeName(certificate, DNS_NAME));
            case "uri_san_peer_certificate" -> text(alternativeName(certificate, URI_NAME));
            default -> null;
        };
    }

    private static @Nullable String alternativeName(X509Certificate certificate, int type) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            if (names != null) {
                for (List<?> name : names) {
                    if (Integer.valueOf(type).equals(name.get(0))) {
                        return String.valueOf(name.get(1));
                    }
                }
            }
            return null;
        } catch (CertificateParsingException _) {
            return null;
        }
    }

    private static byte @Nullable [] text(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] number(long value) {
        return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    }

    private static byte[] time(Instant time) {
        return number(time.getEpochSecond() * 1_000_000_000L + time.getNano());
    }
}
