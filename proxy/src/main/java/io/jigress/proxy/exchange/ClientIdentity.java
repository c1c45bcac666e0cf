package io.jigress.proxy.exchange;

import io.jigress.api.ProxyProtocol;
import io.jigress.proxy.http.ReceivedRequest;
import io.jigress.proxy.proxyprotocol.ConnectionAddresses;
import io.jigress.proxy.telemetry.AccessRecord;
import io.jigress.proxy.tls.TlsConnection;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// Who sends a request: the peer of the connection, and the client behind it. Event loop only.
final class ClientIdentity {
    private final ExchangeContext context;
    private final AccessRecord record;

    private @Nullable Peer peer;
    private @Nullable InetAddress address;
    private @Nullable Forwarding forwarding;
    /// The listener that it is for; not the listener itself, which would hold the routes of one that is closed.
    private @Nullable Object forwardingOf;

    ClientIdentity(ExchangeContext context, AccessRecord record) {
        this.context = context;
        this.record = record;
    }

    /// Reads it from a request, before anything of the head is changed.
    void begin(Frontend from, Peer by, ReceivedRequest head) {
        peer = by;
        Forwarding known = forwarding;
        if (known == null || forwardingOf != from.identity()) {
            known = new Forwarding(from.proxies(), from.settings().forwardedField(), from.port());
            forwarding = known;
            forwardingOf = from.identity();
        }
        InetAddress client = known.client(by, head);
        address = client;
        TlsConnection tls = by.tls;
        if (tls != null) {
            record.tls(tls.facts().version(), tls.facts().cipher(), tls.facts().serverName());
        }
        ProxyProtocol header = by.proxyProtocol();
        if (header != null) {
            record.proxy(header.sender().getAddress().getHostAddress(), ConnectionAddresses.uniqueId(header));
        }
        record.client(client == by.address ? by.text : client.getHostAddress());
    }

    /// Writes it into the head, for the upstream.
    void forward(ReceivedRequest head) {
        Forwarding known = forwarding;
        if (known != null) {
            known.apply(context.loop, peer(), head);
        }
    }

    Peer peer() {
        return ExchangeHandler.present(peer);
    }

    InetAddress address() {
        return ExchangeHandler.present(address);
    }

    void clear() {
        peer = null;
        address = null;
    }
}
