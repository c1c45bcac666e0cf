package io.jigress.proxy.tls;

import io.jigress.config.ClientCertificates;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How TLS is terminated for the server names of one pattern: a context, and certificates of which a ClientHello chooses one. Immutable.
public final class TlsSection {
    private final String name;
    private final @Nullable TlsContext context;
    private final ClientCertificates clients;
    private final List<ServerCertificate> certificates;
    private final Map<String, List<ServerCertificate>> byName = new HashMap<>();

    /// @param context null when none could be made
    TlsSection(String name, @Nullable TlsContext context, ClientCertificates clients, List<ServerCertificate> certificates) {
        this.name = name;
        this.context = context;
        this.clients = clients;
        this.certificates = List.copyOf(certificates);
        for (ServerCertificate certificate : certificates) {
            certificate.names.forEach(each -> byName.computeIfAbsent(each, _ -> new ArrayList<>()).add(certificate));
        }
    }

    /// The Gateway listener that its connections belong to.
    public String name() {
        return name;
    }

    ClientCertificates clients() {
        return clients;
    }

    @Nullable TlsContext context() {
        return context;
    }

    /// Of the certificates that have the server name, the first of ECDSA that suits the client, else the first that suits. Where none has it,
    /// of those that have the names of the first one.
    ///
    /// @return null when there is none at all
    @Nullable ServerCertificate certificate(ClientHello hello) {
        if (certificates.isEmpty()) {
            return null;
        }
        List<ServerCertificate> fit = byName.get(hello.serverName());
        if (fit == null) {
            int dot = hello.serverName().indexOf('.');
            fit = dot < 0 ? null : byName.get("*" + hello.serverName().substring(dot));
        }
        if (fit == null) {
            ServerCertificate first = certificates.getFirst();
            fit = certificates.stream().filter(each -> each.names.equals(first.names)).toList();
        }
        ServerCertificate best = null;
        for (ServerCertificate each : fit) {
            if (each.suits(hello.signatures()) && (best == null || best.isOfRsa() && !each.isOfRsa())) {
                best = each;
            }
        }
        // The engine's handshake will fail since no algorithm is shared.
        return best == null ? fit.getFirst() : best;
    }

    List<ServerCertificate> certificates() {
        return certificates;
    }
}
