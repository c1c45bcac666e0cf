package io.jigress.control.translate;

import io.jigress.config.PersistentMap;
import io.jigress.config.TlsCertificate;
import io.jigress.config.ProxyProtocolInput;
import io.jigress.config.TlsSettings;
import io.jigress.control.translate.Contribution.TlsClaim;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// How TLS is terminated on one socket, by host pattern: as defined by Gateway listeners, else with the certificates of Ingresses. Of two Ingresses
/// with the same host, the older one's is used.
final class TlsTable {
    private static final Comparator<TlsClaim> ORDER = Comparator.comparingLong(TlsClaim::created).thenComparing(TlsClaim::owner)
            .thenComparing(claim -> claim.certificate().secret());

    private final Map<String, NavigableSet<TlsClaim>> claims = new HashMap<>();
    private SortedMap<String, TlsSettings> ofListeners = new TreeMap<>();
    private SocketPlan plan = new SocketPlan("", "", 0, 0, SocketKind.TLS, ProxyProtocolInput.OFF, new TreeMap<>(),
            new TreeMap<>(), new TreeMap<>());
    private PersistentMap<String, TlsSettings> settings = PersistentMap.empty();

    PersistentMap<String, TlsSettings> settings() {
        return settings;
    }

    /// Applies a changed plan.
    void plan(SocketPlan next) {
        SortedMap<String, TlsSettings> before = ofListeners;
        boolean moved = !next.owners().equals(plan.owners()) || !next.streams().equals(plan.streams());
        plan = next;
        ofListeners = next.tls();
        before.keySet().stream().filter(host -> !ofListeners.containsKey(host)).forEach(this::settle);
        ofListeners.keySet().forEach(this::settle);
        if (moved || !before.equals(ofListeners)) {
            List.copyOf(claims.keySet()).forEach(this::settle);
        }
    }

    /// @return whether it is new
    boolean add(TlsClaim claim) {
        boolean added = claims.computeIfAbsent(claim.host(), _ -> new TreeSet<>(ORDER)).add(claim);
        if (added) {
            settle(claim.host());
        }
        return added;
    }

    void remove(TlsClaim claim) {
        NavigableSet<TlsClaim> there = claims.get(claim.host());
        if (there != null) {
            there.remove(claim);
            if (there.isEmpty()) {
                claims.remove(claim.host());
            }
            settle(claim.host());
        }
    }

    /// A certificate within a section: the verification of clients by a Gateway's listener applies to every host that it owns.
    private TlsSettings within(String section, TlsCertificate certificate) {
        for (TlsSettings listener : ofListeners.values()) {
            if (listener.section().equals(section)) {
                return listener.certificates().isEmpty()
                        ? listener
                        : new TlsSettings(section, List.of(certificate), listener.oldest(), listener.newest(), listener.ciphers(),
                                listener.protocols(),
                                listener.clients());
            }
        }
        return new TlsSettings(section, List.of(certificate));
    }

    private void settle(String host) {
        TlsSettings wanted = ofListeners.get(host);
        NavigableSet<TlsClaim> there = claims.get(host);
        // A host whose TLS is passed on unread has no certificate here.
        if (wanted == null && there != null && !plan.streams().containsKey(host)) {
            wanted = within(plan.owner(host).section(), there.first().certificate());
        }
        if (wanted == null) {
            settings = settings.without(host);
        } else if (!wanted.equals(settings.get(host))) {
            settings = settings.with(host, wanted);
        }
    }
}
