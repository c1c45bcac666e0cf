package io.jigress.control.translate;

import io.jigress.config.TlsCertificate;
import io.jigress.config.UpstreamTls;
import io.jigress.config.UpstreamTls.Verification;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.BackendTlsPolicy;
import io.jigress.control.kinds.CaBundle;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.EndpointTls;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Secret;
import io.jigress.control.kinds.TargetRef;
import io.jigress.control.kinds.TlsSecret;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How connections to Services and Backends use TLS, as defined by BackendTLSPolicies and the field `tls` of Backends. When the settings have
/// an error, requests are refused: there is never a connection without TLS instead.
final class BackendTls {
    private final TranslationIndex index;
    private final Certificates certificates;
    final Table<BackendTlsPolicy> policies = new Table<>(BackendTlsPolicy::read);
    final Attachments<ResourceKey> attachments = new Attachments<>();
    private final Map<ResourceKey, View> views = new HashMap<>();

    /// The TLS settings of a target.
    sealed interface Outcome {
        /// @param tls null for connections without TLS
        record Usable(@Nullable UpstreamTls tls) implements Outcome {}

        record Broken(String what, String expected) implements Outcome {}
    }

    /// A fault of a policy or a Backend.
    record Fault(String path, String what, String expected, Severity severity, @Nullable ResourceKey missing) {}

    /// The result of a policy.
    ///
    /// @param tls null when certificates cannot be verified as configured
    /// @param unresolved why not all references are resolved, as Gateway API's condition ResolvedRefs names it; null when all are
    record View(@Nullable UpstreamTls tls, @Nullable String unresolved, String message, List<Fault> faults) {}

    BackendTls(TranslationIndex index, Certificates certificates) {
        this.index = index;
        this.certificates = certificates;
    }

    /// The policy or an object that it refers to may have changed.
    void forget(ResourceKey policy) {
        views.remove(policy);
    }

    // ---- Services

    /// @param port the name of the Service's port; empty for none
    Outcome service(ResourceKey service, String port) {
        ResourceKey policy = policy(service, port);
        if (policy == null) {
            return new Outcome.Usable(null);
        }
        View view = view(policy);
        return view == null || view.tls == null
                ? new Outcome.Broken("whose connections " + policy + " secures, and that policy cannot be used",
                        "a valid " + policy.kind())
                : new Outcome.Usable(view.tls);
    }

    /// A policy for the port takes precedence over one for the whole Service, and an older over a younger one.
    private @Nullable ResourceKey policy(ResourceKey service, String port) {
        List<ResourceKey> ofPort = port.isEmpty() ? List.of() : attachments.at(service, port);
        List<ResourceKey> found = ofPort.isEmpty() ? attachments.at(service, "") : ofPort;
        return found.isEmpty() ? null : found.getFirst();
    }

    /// Null when the policy does not exist.
    @Nullable View view(ResourceKey policy) {
        Table.Entry<BackendTlsPolicy> entry = policies.entry(policy);
        return entry == null ? null : views.computeIfAbsent(policy, _ -> view(policy, entry.value()));
    }

    private View view(ResourceKey key, BackendTlsPolicy policy) {
        List<Fault> faults = new ArrayList<>();
        StringBuilder authorities = new StringBuilder();
        String unresolved = null;
        String message = "";
        for (BackendTlsPolicy.Authority ref : policy.authorities()) {
            boolean known = Kinds.is(ref.key(), Kinds.CORE, "ConfigMap");
            Resource resource = known ? index.resources.get(ref.key()) : null;
            CaBundle bundle = resource == null ? null : CaBundle.read(resource);
            if (bundle != null && bundle.fault() == null) {
                authorities.append(bundle.certificates());
                continue;
            }
            Fault fault = !known
                    ? new Fault(ref.path() + ".kind",
                            "is \"" + Kinds.show(ref.key().group(), ref.key().kind()) + "\", so that it is not used", "ConfigMap",
                            Severity.ERROR, null)
                    : new Fault(ref.path() + ".name",
                            "is \"" + ref.key().name() + "\", and "
                                    + (bundle == null ? "there is no " + ref.key() : ref.key() + " " + bundle.fault())
                                    + ", so that it is not used",
                            "the name of a ConfigMap with CA certificates in " + CaBundle.KEY, Severity.ERROR,
                            resource == null ? ref.key() : null);
            faults.add(fault);
            if (unresolved == null) {
                unresolved = known ? "InvalidCACertificateRef" : "InvalidKind";
                message = fault.path + " " + fault.what;
            }
        }
        boolean usable = policy.valid() && (policy.authorities().isEmpty() || !authorities.isEmpty());
        UpstreamTls tls = usable
                ? new UpstreamTls(key.toString(), policy.hostname(),
                        new Verification.Names(policy.authorities().isEmpty() ? null : authorities.toString(),
                                policy.names().isEmpty() ? List.of(policy.hostname()) : policy.names()),
                        null, List.of())
                : null;
        return new View(tls, unresolved, message, List.copyOf(faults));
    }

    // ---- Backends

    Outcome backend(RouteBuild build, ResourceKey key, EndpointTls wanted) {
        if (!wanted.secret().isEmpty()) {
            build.use(Kinds.secret(key, wanted.secret()));
        }
        List<Fault> faults = new ArrayList<>();
        UpstreamTls tls = tls(key, wanted, faults);
        return tls == null
                ? new Outcome.Broken("a Backend whose Secret for TLS cannot be used", "a valid Backend")
                : new Outcome.Usable(tls);
    }

    /// The TLS settings that annotations of an Ingress define. When their Secret cannot be used, that is reported and the result is null.
    ///
    /// @param field the annotation that names the Secret
    @Nullable UpstreamTls annotated(RouteBuild build, EndpointTls wanted, String field) {
        if (!wanted.secret().isEmpty()) {
            build.use(Kinds.secret(build.key(), wanted.secret()));
        }
        List<Fault> faults = new ArrayList<>();
        UpstreamTls tls = tls(build.key(), wanted, faults);
        faults.forEach(fault -> build.findings().add(field, fault.what + ", so that requests get 500", fault.expected,
                fault.severity, fault.missing));
        return tls;
    }

    /// The faults of a Backend's Secret.
    List<Fault> faults(ResourceKey key, EndpointTls wanted) {
        List<Fault> faults = new ArrayList<>();
        tls(key, wanted, faults);
        return faults;
    }

    private @Nullable UpstreamTls tls(ResourceKey key, EndpointTls wanted, List<Fault> faults) {
        String authorities = null;
        TlsCertificate.Pem own = null;
        if (!wanted.secret().isEmpty()) {
            ResourceKey name = Kinds.secret(key, wanted.secret());
            Resource resource = index.resources.get(name);
            Set<String> keys = resource == null ? Set.of() : Secret.read(Document.open(resource)).keys();
            boolean ca = keys.contains(CaBundle.KEY);
            boolean certificate = keys.contains(TlsSecret.CHAIN) || keys.contains(TlsSecret.KEY);
            if (resource == null || !ca && !certificate) {
                faults.add(secret(wanted, resource == null
                        ? "there is no " + name
                        : name + " has none of " + CaBundle.KEY + ", " + TlsSecret.CHAIN + " and " + TlsSecret.KEY,
                        resource == null ? name : null));
                return null;
            }
            if (ca) {
                CaBundle bundle = CaBundle.read(resource);
                if (bundle.fault() != null) {
                    faults.add(secret(wanted, name + " " + bundle.fault(), null));
                    return null;
                }
                authorities = bundle.certificates();
            }
            if (certificate) {
                TlsSecret read = certificates.of(name);
                if (read == null || !(read.certificate() instanceof TlsCertificate.Pem pem)) {
                    faults.add(secret(wanted, name + " holds no certificate that can be used", null));
                    return null;
                }
                own = pem;
            }
        }
        Verification verification = wanted.verifies()
                ? new Verification.Names(authorities, wanted.names())
                : new Verification.None();
        return new UpstreamTls(key.toString(), wanted.hostname(), verification, own, wanted.alpn());
    }

    private static Fault secret(EndpointTls wanted, String what, @Nullable ResourceKey missing) {
        return new Fault("spec.tls.secretRef.name", "is \"" + wanted.secret() + "\", and " + what,
                "a Secret with " + CaBundle.KEY + ", or with " + TlsSecret.CHAIN + " and " + TlsSecret.KEY, Severity.ERROR,
                missing);
    }

    /// The valid targets of a policy.
    static List<TargetRef> targets(BackendTlsPolicy policy) {
        return policy.targets().stream().filter(TargetRef::valid).toList();
    }
}
