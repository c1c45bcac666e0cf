package io.jigress.proxy.exchange;

import io.jigress.api.HeaderName;
import io.jigress.api.IpLiteral;
import io.jigress.proxy.http.HeaderBlock;
import io.jigress.proxy.http.ListFields;
import io.jigress.proxy.http.ReceivedRequest;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.tls.ClientCertificateFields;
import io.jigress.proxy.tls.TlsConnection;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;

/// Sets the fields that tell the upstream about the client: X-Forwarded-For, -Proto, -Host, -Port, X-Request-Id, and Forwarded (RFC 7239) if
/// configured. Values from a peer that is not trusted are replaced. One per loop: it has scratch space.
final class Forwarding {
    private static final HeaderName FORWARDED = HeaderName.of("forwarded");
    private static final byte[] HTTP = "http".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] HTTPS = "https".getBytes(StandardCharsets.ISO_8859_1);

    private final TrustedProxies proxies;
    private final boolean forwardedField;
    private final byte[] port;
    private final byte[] id = new byte[RequestId.BYTES];

    Forwarding(TrustedProxies proxies, boolean forwardedField, int port) {
        this.proxies = proxies;
        this.forwardedField = forwardedField;
        this.port = Integer.toString(port).getBytes(StandardCharsets.ISO_8859_1);
    }

    /// The client's address: the peer's, or the last in X-Forwarded-For that no trusted proxy wrote for another trusted one.
    InetAddress client(Peer peer, ReceivedRequest head) {
        if (!peer.trusted) {
            return peer.address;
        }
        // Several lines are one list (RFC 9110, 5.3): a proxy that adds a line instead of extending one adds the nearest hop.
        InetAddress client = peer.address;
        HeaderBlock fields = head.fields();
        for (int line = fields.size() - 1; line >= 0; line--) {
            if (!fields.isAt(line, HeaderName.X_FORWARDED_FOR)) {
                continue;
            }
            String[] hops = fields.valueAt(line).split(",", -1);
            for (int i = hops.length - 1; i >= 0; i--) {
                if (hops[i].isBlank()) {
                    continue; // Empty elements of a list are ignored (RFC 9110, 5.6.1).
                }
                InetAddress hop = IpLiteral.ofHop(hops[i]);
                if (hop == null) {
                    return client;
                }
                client = hop;
                if (!proxies.contains(hop)) {
                    return client;
                }
            }
        }
        return client;
    }

    void apply(Loop loop, Peer peer, ReceivedRequest head) {
        HeaderBlock fields = head.fields();
        certificate(peer, fields);
        if (!peer.trusted) {
            identify(loop, fields);
            fields.set(HeaderName.X_FORWARDED_FOR, peer.bytes, 0, peer.bytes.length);
            about(head, fields);
            if (forwardedField) {
                fields.set(FORWARDED, element(peer, head));
            } else {
                fields.remove(FORWARDED);
            }
            return;
        }
        if (!RequestId.given(fields)) {
            identify(loop, fields);
        }
        ListFields.append(fields, HeaderName.X_FORWARDED_FOR, peer.bytes, 0, peer.bytes.length);
        if (!fields.contains(HeaderName.X_FORWARDED_PROTO)) {
            about(head, fields);
        }
        if (forwardedField) {
            byte[] element = element(peer, head).getBytes(StandardCharsets.ISO_8859_1);
            ListFields.append(fields, FORWARDED, element, 0, element.length);
        }
    }

    /// Fields about a client certificate are removed from every request, also of trusted proxies: only the gateway sets them.
    private static void certificate(Peer peer, HeaderBlock fields) {
        fields.remove(ClientCertificateFields.CERTIFICATE);
        fields.remove(ClientCertificateFields.CHAIN);
        fields.remove(ClientCertificateFields.DESCRIPTION);
        fields.remove(ClientCertificateFields.VERIFIED);
        TlsConnection tls = peer.tls;
        ClientCertificateFields client = tls == null ? null : tls.client();
        if (client != null) {
            set(fields, ClientCertificateFields.CERTIFICATE, client.certificate());
            set(fields, ClientCertificateFields.DESCRIPTION, client.description());
            set(fields, ClientCertificateFields.VERIFIED, client.verified());
        }
    }

    private static void set(HeaderBlock fields, HeaderName name, byte[] value) {
        fields.set(name, value, 0, value.length);
    }

    private void about(ReceivedRequest head, HeaderBlock fields) {
        byte[] scheme = head.scheme().length() == 4 ? HTTP : HTTPS;
        fields.set(HeaderName.X_FORWARDED_PROTO, scheme, 0, scheme.length);
        int host = fields.find(HeaderName.HOST);
        if (host >= 0) {
            fields.set(HeaderName.X_FORWARDED_HOST, fields.bytes(), fields.valueFrom(host), fields.valueTo(host));
        } else {
            fields.remove(HeaderName.X_FORWARDED_HOST);
        }
        fields.set(HeaderName.X_FORWARDED_PORT, port, 0, port.length);
    }

    private static String element(Peer peer, ReceivedRequest head) {
        String node = peer.text.indexOf(':') < 0 ? peer.text : "\"[" + peer.text + "]\"";
        return "for=" + node + ";host=\"" + head.authority() + "\";proto=" + head.scheme();
    }

    private void identify(Loop loop, HeaderBlock fields) {
        RequestId.make(loop, id);
        fields.set(HeaderName.X_REQUEST_ID, id, 0, id.length);
    }
}
