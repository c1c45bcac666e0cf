package io.jigress.control.translate;

import io.jigress.config.ClientCertificates;
import io.jigress.config.TlsCertificate;
import io.jigress.config.TlsSettings;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.CaBundle;
import io.jigress.control.kinds.FrontendTls;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.HostPattern;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.ListenerTls;
import io.jigress.control.kinds.TlsSecret;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds what the HTTPS listeners of Gateways refer to: their certificates, and the CA certificates of their clients.
final class ListenerCertificates {

    /// What is wrong with a field of a listener's object.
    ///
    /// @param missing the object that a reference names and that does not exist, or null
    record Fault(String path, String what, String expected, Severity severity, @Nullable ResourceKey missing) {}

    /// How a listener terminates TLS.
    ///
    /// @param settings for the data plane; without certificates where none can be used, so that handshakes are refused
    /// @param reason why not all references are resolved, as Gateway API's condition ResolvedRefs names it; null when all are
    /// @param message for a status
    /// @param closed whether clients cannot be verified as was asked for: nothing may pass
    /// @param faults of the object that the listener is part of
    /// @param ofGateway of the Gateway, where its fields are about
    record View(TlsSettings settings, @Nullable String reason, String message, boolean closed, List<Fault> faults,
            List<Fault> ofGateway) {
        boolean serves() {
            return !closed && settings.certificates().stream().anyMatch(each -> each instanceof TlsCertificate.Pem);
        }
    }

    /// The certificate of a Gateway that endpoints are shown.
    ///
    /// @param certificate null when it cannot be used
    /// @param reason why the reference is not resolved, as Gateway API's condition ResolvedRefs of a Gateway names it; null when it is
    record Own(TlsCertificate.@Nullable Pem certificate, @Nullable String reason, String message, List<Fault> faults) {}

    private final TranslationIndex index;
    private final Certificates certificates;
    private final Set<ResourceKey> lookups = new HashSet<>();
    private final Set<ResourceKey> authorities = new HashSet<>();

    ListenerCertificates(TranslationIndex index, Certificates certificates) {
        this.index = index;
        this.certificates = certificates;
    }

    /// The objects that were looked at, also those that do not exist; a Gateway is planned again when one of them changes.
    Set<ResourceKey> lookups() {
        return Set.copyOf(lookups);
    }

    /// Those of them that should hold CA certificates.
    Set<ResourceKey> authorities() {
        return Set.copyOf(authorities);
    }

    Own own(ResourceKey gateway, ListenerTls.Ref ref) {
        Finding finding = new Finding();
        TlsCertificate found = certificate(gateway, ref, "InvalidClientCertificateRef", finding);
        return new Own(found instanceof TlsCertificate.Pem pem ? pem : null, finding.reason, finding.message,
                List.copyOf(finding.faults));
    }

    /// @param owner the Gateway or ListenerSet that the listener is part of
    /// @param gateway whose clients are verified
    View view(ResourceKey owner, ResourceKey gateway, String section, Gateway.Listener listener, ListenerTls tls,
            FrontendTls frontend) {
        Finding finding = new Finding();
        List<TlsCertificate> found = new ArrayList<>();
        for (ListenerTls.Ref ref : tls.certificates()) {
            TlsCertificate certificate = certificate(owner, ref, "InvalidCertificateRef", finding);
            if (certificate != null) {
                found.add(certificate);
            }
        }
        if (!listener.host().equals(HostPattern.ANY)) {
            uncovered(listener.host(), tls, finding);
        }
        List<Fault> faults = List.copyOf(finding.faults);
        finding.faults.clear();
        ClientCertificates clients = clients(gateway, frontend, listener.port(), tls.forward(), finding);
        boolean closed = clients == null || !frontend.valid();
        TlsSettings settings = new TlsSettings(section, closed ? List.of() : found, tls.oldest(), tls.newest(), tls.ciphers(),
                tls.protocols(),
                clients == null ? ClientCertificates.NONE : clients);
        return new View(settings, finding.reason, finding.message, closed, faults, List.copyOf(finding.faults));
    }

    /// A listener whose certificates are all for other names works, but clients refuse it.
    private void uncovered(String host, ListenerTls tls, Finding finding) {
        List<TlsSecret> secrets = tls.certificates().stream().filter(ref -> lookups.contains(ref.key()))
                .map(ref -> certificates.of(ref.key()))
                .filter(Objects::nonNull).filter(secret -> !secret.isBroken()).toList();
        if (!secrets.isEmpty() && secrets.stream().noneMatch(secret -> secret.covers(host))) {
            ListenerTls.Ref first = tls.certificates().getFirst();
            finding.faults.add(new Fault(first.path() + ".name",
                    "is \"" + first.key().name() + "\", and " + first.key() + " has a certificate for "
                            + String.join(", ", secrets.getFirst().names()) + ", which clients do not accept for " + host,
                    "a certificate for " + host, Severity.WARNING, null));
        }
    }

    /// @param wrong the reason where it does not lead to a certificate
    private @Nullable TlsCertificate certificate(ResourceKey owner, ListenerTls.Ref ref, String wrong, Finding finding) {
        ResourceKey key = ref.key();
        if (!Kinds.is(key, Kinds.CORE, "Secret")) {
            finding.fault(wrong, ref.path() + ".kind",
                    "is \"" + Kinds.show(key.group(), key.kind()) + "\", so that it is not used",
                    "Secret", null);
            return null;
        }
        if (!permitted(owner, key, ref.path(), finding)) {
            return null;
        }
        lookups.add(key);
        TlsSecret secret = certificates.of(key);
        if (secret == null) {
            finding.fault(wrong, ref.path() + ".name", "is \"" + key.name() + "\", and there is no " + key
                    + ", so that it is not used", "the name of a Secret of type " + TlsSecret.TYPE, key);
            return null;
        }
        if (secret.isBroken()) {
            finding.fault(wrong, ref.path() + ".name", "is \"" + key.name() + "\", and " + key
                    + " holds no certificate that can be used", "a Secret with a certificate in tls.crt and its key in tls.key",
                    null);
        }
        return secret.certificate();
    }

    private boolean permitted(ResourceKey referrer, ResourceKey key, String path, Finding finding) {
        if (!referrer.isInNamespaceOf(key)) {
            lookups.add(TranslationIndex.grantsKey(key));
        }
        if (index.permitted(referrer, key)) {
            return true;
        }
        finding.fault("RefNotPermitted", path + ".namespace",
                "is \"" + key.namespace() + "\", and no ReferenceGrant there permits a " + referrer.kind() + " of "
                        + referrer.namespace() + " to use " + key + ", so that it is not used",
                "a ReferenceGrant in " + key.namespace(), null);
        return false;
    }

    /// Null when clients are to be verified and no CA certificate can be read.
    private @Nullable ClientCertificates clients(ResourceKey gateway, FrontendTls frontend, int port, boolean forward,
            Finding finding) {
        FrontendTls.Validation wanted = frontend.of(port);
        if (wanted == null) {
            return ClientCertificates.NONE;
        }
        StringBuilder authorities = new StringBuilder();
        for (ListenerTls.Ref ref : wanted.authorities()) {
            authorities.append(authorities(gateway, ref, finding));
        }
        if (authorities.isEmpty()) {
            return null;
        }
        return new ClientCertificates(
                wanted.insecure() ? ClientCertificates.Mode.UNVERIFIED : ClientCertificates.Mode.REQUIRED, authorities.toString(),
                forward);
    }

    private String authorities(ResourceKey gateway, ListenerTls.Ref ref, Finding finding) {
        ResourceKey key = ref.key();
        if (!Kinds.is(key, Kinds.CORE, "ConfigMap") && !Kinds.is(key, Kinds.CORE, "Secret")) {
            finding.fault("InvalidCACertificateKind", ref.path() + ".kind",
                    "is \"" + Kinds.show(key.group(), key.kind()) + "\", so that it is not used", "ConfigMap or Secret", null);
            return "";
        }
        if (!permitted(gateway, key, ref.path(), finding)) {
            return "";
        }
        lookups.add(key);
        authorities.add(key);
        Resource resource = index.resources.get(key);
        CaBundle bundle = resource == null ? null : CaBundle.read(resource);
        if (bundle == null || bundle.fault() != null) {
            finding.fault("InvalidCACertificateRef", ref.path() + ".name", "is \"" + key.name() + "\", and "
                    + (bundle == null ? "there is no " + key : key + " " + bundle.fault()) + ", so that it is not used",
                    "the name of a " + key.kind() + " with CA certificates in ca.crt", resource == null ? key : null);
            return "";
        }
        return bundle.certificates();
    }

    /// What is found while references are followed; the first reason is the one of the status.
    private static final class Finding {
        private final List<Fault> faults = new ArrayList<>();
        private @Nullable String reason;
        private String message = "";

        void fault(String why, String path, String what, String expected, @Nullable ResourceKey missing) {
            faults.add(new Fault(path, what, expected, Severity.ERROR, missing));
            if (reason == null) {
                reason = why;
                message = path + " " + what;
            }
        }
    }
}
