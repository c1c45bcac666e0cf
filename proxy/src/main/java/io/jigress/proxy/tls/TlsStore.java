package io.jigress.proxy.tls;

import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.config.TlsCertificate;
import io.jigress.config.TlsSettings;
import io.jigress.config.Traffic;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// The certificates and contexts of all listeners, each read or made once. For the applying thread.
///
/// A certificate that cannot be used leaves the last one of its Secret in use, and so does one that has expired while the last one has
/// not.
public final class TlsStore {
    private static final class Held {
        @Nullable ServerCertificate certificate;
        int uses;
    }

    private static final class Shared {
        final @Nullable TlsContext context;
        int uses;

        Shared(@Nullable TlsContext context) {
            this.context = context;
        }
    }

    private record Change(String pattern, @Nullable TlsSettings old, @Nullable TlsSettings wanted) {}

    private final TlsEngine engine;
    private final boolean http2;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final CertificateKeys keys = new CertificateKeys();
    private final Map<String, Held> certificates = new HashMap<>();
    private final Map<TlsContext.Key, Shared> contexts = new HashMap<>();
    private final Map<String, PersistentMap<String, TlsSection>> listeners = new HashMap<>();
    private final List<TlsContext> retired = new ArrayList<>();
    private PersistentMap<String, Listener> current = PersistentMap.empty();
    private List<String> faults = new ArrayList<>();
    private long nextId;
    private boolean replaced;

    /// @param http2 whether ALPN may offer HTTP/2
    public TlsStore(TlsEngine engine, boolean http2, InstantSource clock) {
        this.engine = engine;
        this.http2 = http2;
        this.clock = clock;
    }

    /// Makes what has changed. Nothing that event loops use ends before [#retire].
    ///
    /// @return what could not be made, for people
    public List<String> apply(GatewayConfig next) {
        faults = new ArrayList<>();
        Instant now = clock.instant();
        next.listeners().diff(current, (name, before, after) -> listener(name, settings(before), settings(after), now));
        current = next.listeners();
        return List.copyOf(faults);
    }

    /// What terminates TLS on a listener; null where there is no TLS.
    public @Nullable TlsListener listener(String name) {
        PersistentMap<String, TlsSection> sections = listeners.get(name);
        return sections == null ? null : new TlsListener(sections);
    }

    private static @Nullable PersistentMap<String, TlsSettings> settings(@Nullable Listener listener) {
        return listener != null && listener.traffic() instanceof Traffic.Tls of ? of.tls() : null;
    }

    private void listener(String name, @Nullable PersistentMap<String, TlsSettings> before,
            @Nullable PersistentMap<String, TlsSettings> after, Instant now) {
        PersistentMap<String, TlsSettings> none = PersistentMap.empty();
        List<Change> changes = new ArrayList<>();
        (after == null ? none : after).diff(before == null ? none : before,
                (pattern, old, wanted) -> changes.add(new Change(pattern, old, wanted)));
        PersistentMap<String, TlsSection> sections = listeners.getOrDefault(name, PersistentMap.empty());
        for (Change change : changes) {
            sections = change.wanted == null
                    ? sections.without(change.pattern)
                    : sections.with(change.pattern, section(change.wanted, now));
        }
        // Only now, so that what both use stays.
        for (Change change : changes) {
            if (change.old != null) {
                release(change.old);
            }
        }
        if (after == null) {
            listeners.remove(name);
        } else {
            listeners.put(name, sections);
        }
    }

    private TlsSection section(TlsSettings settings, Instant now) {
        List<ServerCertificate> found = new ArrayList<>();
        for (TlsCertificate each : settings.certificates()) {
            ServerCertificate certificate = acquire(each, now);
            if (certificate != null) {
                found.add(certificate);
            }
        }
        return new TlsSection(settings.section(), context(key(settings)), settings.clients(), found);
    }

    private TlsContext.Key key(TlsSettings settings) {
        return TlsContext.Key.of(settings, http2);
    }

    private @Nullable ServerCertificate acquire(TlsCertificate wanted, Instant now) {
        Held held = certificates.computeIfAbsent(wanted.secret(), _ -> new Held());
        held.uses++;
        ServerCertificate last = held.certificate;
        if (wanted instanceof TlsCertificate.Pem pem && (last == null || !last.source.equals(pem))) {
            ServerCertificate next = read(pem);
            if (next != null && (last == null || !next.isExpired(now) || last.isExpired(now))) {
                held.certificate = next;
                keys.add(next);
                replaced |= last != null;
            }
        }
        return held.certificate;
    }

    private @Nullable ServerCertificate read(TlsCertificate.Pem pem) {
        try {
            return ServerCertificate.read(Long.toString(nextId++), pem);
        } catch (GeneralSecurityException e) {
            faults.add("the certificate of Secret " + pem.secret() + " cannot be used: " + e.getMessage());
            return null;
        }
    }

    private @Nullable TlsContext context(TlsContext.Key key) {
        Shared known = contexts.computeIfAbsent(key, _ -> new Shared(make(key)));
        known.uses++;
        return known.context;
    }

    private @Nullable TlsContext make(TlsContext.Key key) {
        try {
            return TlsContext.of(engine, key, keys, random);
        } catch (SSLException | GeneralSecurityException | IllegalArgumentException e) {
            faults.add("TLS of " + key.section() + " cannot be set up: " + e.getMessage());
            return null;
        }
    }

    private void release(TlsSettings settings) {
        for (TlsCertificate each : settings.certificates()) {
            Held held = certificates.get(each.secret());
            if (held != null && --held.uses == 0) {
                certificates.remove(each.secret());
            }
        }
        TlsContext.Key key = key(settings);
        Shared shared = contexts.get(key);
        if (shared != null && --shared.uses == 0) {
            contexts.remove(key);
            if (shared.context != null) {
                retired.add(shared.context);
            }
        }
    }

    /// Gives back what no listener uses any more: to be called once the new ones serve.
    public void retire() {
        retired.forEach(TlsContext::release);
        retired.clear();
        if (replaced) {
            replaced = false;
            keys.sweep();
        }
    }

    /// Replaces the keys of session tickets; those before stay valid until the next time.
    public void rotateTickets() {
        for (Shared shared : contexts.values()) {
            if (shared.context != null) {
                shared.context.rotateTickets();
            }
        }
    }

    /// No connection begins any more.
    public void close() {
        for (Shared shared : contexts.values()) {
            if (shared.context != null) {
                retired.add(shared.context);
            }
        }
        contexts.clear();
        retire();
    }
}
