package io.jigress.control.translate;

import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Backend;
import io.jigress.control.kinds.BackendService;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.EndpointTls;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.McpBridge;
import io.jigress.control.kinds.Registry;
import io.jigress.control.kinds.Secret;
import io.jigress.control.kinds.TlsSecret;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The processors of Backends, which refer to Registries, and of Registries, which refer to Secrets. Each reports again when the object that it
/// refers to changes.
final class RegistryLookups {
    private final TranslationIndex index;
    private final PendingWork pendingWork;
    /// The Backends and Registries that depend on an object.
    private final Uses uses = new Uses();
    private final Certificates certificates;

    RegistryLookups(TranslationIndex index, PendingWork pendingWork, Certificates certificates) {
        this.index = index;
        this.pendingWork = pendingWork;
        this.certificates = certificates;
    }

    KindProcessor backends() {
        return new Backends();
    }

    KindProcessor registries() {
        return new Registries();
    }

    KindProcessor bridges() {
        return new Bridges();
    }

    KindProcessor secrets() {
        return new Secrets();
    }

    /// The Secrets and ConfigMaps that Registries, Backends and Gateways name, except Secrets with certificates, which every source reads.
    Set<ResourceKey> references() {
        Set<ResourceKey> keys = new HashSet<>();
        index.registries.forEach((key, entry) -> {
            if (!entry.value().secret().isEmpty()) {
                keys.add(Kinds.secret(key, entry.value().secret()));
            }
        });
        index.backends.forEach((key, entry) -> {
            if (entry.value().tls() != null && !entry.value().tls().secret().isEmpty()) {
                addUntyped(Kinds.secret(key, entry.value().tls().secret()), keys);
            }
        });
        index.bridges.forEach((key, entry) -> entry.value().entries().stream().filter(one -> !one.secret().isEmpty())
                .forEach(one -> keys.add(Kinds.secret(key, one.secret()))));
        for (ResourceKey key : index.plan.lookups()) {
            if (Kinds.is(key, Kinds.CORE, "Secret")) {
                addUntyped(key, keys);
            } else if (Kinds.is(key, Kinds.CORE, "ConfigMap")) {
                keys.add(key);
            }
        }
        return keys;
    }

    private void addUntyped(ResourceKey key, Set<ResourceKey> keys) {
        TlsSecret secret = certificates.of(key);
        if (secret == null || !secret.typed()) {
            keys.add(key);
        }
    }

    /// The result of a Backend's reference to a registry.
    ///
    /// @param what the error; null when the registry can be used
    /// @param missing the Registry that does not exist; null for other errors
    record Verdict(String field, @Nullable String what, String expected, @Nullable ResourceKey missing) {
        Verdict(String field, @Nullable String what, String expected) {
            this(field, what, expected, null);
        }
    }

    /// Checks whether a Backend or DubboService may use the registry that it names.
    ///
    /// @param user its field names are those of a Backend
    static Verdict verdict(TranslationIndex index, ResourceKey user, ResourceKey key) {
        if (!index.permitted(user, key)) {
            return new Verdict("registryNamespace",
                    "is \"" + key.namespace() + "\", and no ReferenceGrant there permits a " + user.kind() + " of "
                            + user.namespace() + " to use " + key,
                    "a ReferenceGrant in " + key.namespace());
        }
        Registry registry = index.registries.get(key);
        if (registry == null) {
            return new Verdict("registry", "is \"" + key.name() + "\", and there is no " + key, "the name of a Registry", key);
        }
        return registry.valid()
                ? new Verdict("", null, "")
                : new Verdict("registry", "is \"" + key.name() + "\", and that Registry is not valid", "a valid Registry");
    }

    /// An object that others depend on was created, changed or removed.
    void changed(ResourceKey key) {
        uses.forEachUser(key, pendingWork::report);
    }

    private void follow(ResourceKey user, List<ResourceKey> before, List<ResourceKey> after) {
        before.forEach(key -> uses.remove(uses.node(key), user));
        after.forEach(key -> uses.add(uses.node(key), user));
    }

    private final class Backends implements KindProcessor {

        @Override
        public void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
            List<ResourceKey> old = lookups(key, index.backends.get(key));
            if (index.backends.put(key, after)) {
                pendingWork.touch(key);
            }
            follow(key, old, lookups(key, index.backends.get(key)));
        }

        private static List<ResourceKey> lookups(ResourceKey key, @Nullable Backend backend) {
            List<ResourceKey> keys = new ArrayList<>();
            if (backend != null && backend.service() != null) {
                ResourceKey registry = backend.service().registry();
                keys.add(registry);
                keys.add(TranslationIndex.grantsKey(registry));
            }
            if (backend != null && backend.tls() != null && !backend.tls().secret().isEmpty()) {
                keys.add(Kinds.secret(key, backend.tls().secret()));
            }
            return keys;
        }

        @Override
        public void report(ResourceKey key, Reports reports) {
            Table.Entry<Backend> entry = index.backends.entry(key);
            if (entry == null) {
                reports.problems(key, List.of());
                reports.status(key, null);
                return;
            }
            Findings findings = new Findings(entry.resource(), entry.problems());
            BackendService service = entry.value().service();
            Verdict verdict = service == null ? null : verdict(index, key, service.registry());
            boolean failed = entry.failed();
            if (verdict != null && verdict.what != null) {
                findings.add("spec.service." + verdict.field, verdict.what, verdict.expected, Severity.ERROR, verdict.missing);
                failed = true;
            }
            EndpointTls tls = entry.value().tls();
            if (tls != null && !entry.failed()) {
                List<BackendTls.Fault> faults = index.backendTls.faults(key, tls);
                faults.forEach(fault -> findings.add(fault.path(), fault.what(), fault.expected(), fault.severity(),
                        fault.missing()));
                failed |= !faults.isEmpty();
            }
            if (service != null && !failed) {
                Registry registry = index.registries.get(service.registry());
                Registry.Type type = registry == null ? null : registry.type();
                Set<String> known = type == null ? Set.of() : type.parameters();
                String fault = type == null ? null : type.fault(service.service());
                if (type != null && fault != null) {
                    findings.error("spec.service.name", "is \"" + service.service().name() + "\", which " + fault,
                            type.nameOf(service.service().name()));
                    failed = true;
                }
                if (type == Registry.Type.DNS && service.service().name().startsWith("_")
                        && !service.service().parameter("port").isEmpty()) {
                    findings.warning("spec.service.port", "has no effect, since SRV records have the ports",
                            "no port, or a name that does not begin with _");
                }
                service.service().parameters().keySet().stream().filter(name -> !known.contains(name))
                        .forEach(name -> findings.warning("spec.service." + name,
                                "has no meaning for " + service.registry(),
                                known.isEmpty() ? "name alone" : "name, and maybe " + String.join(", ", new TreeSet<>(known))));
            }
            reports.problems(key, findings.list());
            reports.status(key, FactProcessor.accepted(
                    new Table.Entry<>(entry.resource(), entry.generation(), entry.value(), failed, entry.problems())));
        }
    }

    private final class Registries implements KindProcessor {
        @Override
        public void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
            List<ResourceKey> old = lookups(key);
            if (index.registries.put(key, after)) {
                pendingWork.touch(key);
                RegistryLookups.this.changed(key);
            }
            follow(key, old, lookups(key));
        }

        private List<ResourceKey> lookups(ResourceKey key) {
            Registry registry = index.registries.get(key);
            return registry == null || registry.secret().isEmpty()
                    ? List.of()
                    : List.of(Kinds.secret(key, registry.secret()));
        }

        @Override
        public void report(ResourceKey key, Reports reports) {
            Table.Entry<Registry> entry = index.registries.entry(key);
            if (entry == null) {
                reports.problems(key, List.of());
                reports.status(key, null);
                return;
            }
            List<Problem> problems = new ArrayList<>(entry.problems());
            secretProblem(key, entry, problems);
            reports.problems(key, List.copyOf(problems));
            reports.status(key, FactProcessor.accepted(new Table.Entry<>(entry.resource(), entry.generation(), entry.value(),
                    entry.failed() || problems.size() > entry.problems().size(), entry.problems())));
        }

        private void secretProblem(ResourceKey key, Table.Entry<Registry> entry, List<Problem> problems) {
            Registry registry = entry.value();
            if (registry.secret().isEmpty() || !registry.valid()) {
                return;
            }
            ResourceKey name = Kinds.secret(key, registry.secret());
            Resource secret = index.resources.get(name);
            String field = "spec.secretRef.name";
            if (secret == null) {
                problems.add(new Problem(key, entry.resource().source(), field,
                        "is \"" + registry.secret() + "\", and there is no " + name, "the name of a Secret",
                        Problem.Severity.ERROR));
            } else if (!registry.understands(Secret.read(Document.open(secret)).keys())) {
                problems.add(new Problem(key, entry.resource().source(), field,
                        "is \"" + registry.secret() + "\", and " + name + " does not have the keys of a login",
                        registry.credentialKeys(), Problem.Severity.ERROR));
            }
        }
    }

    private final class Bridges implements KindProcessor {

        @Override
        public void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
            List<ResourceKey> old = lookups(key);
            if (index.bridges.put(key, after)) {
                pendingWork.touch(key);
            }
            follow(key, old, lookups(key));
        }

        private List<ResourceKey> lookups(ResourceKey key) {
            McpBridge bridge = index.bridges.get(key);
            return bridge == null
                    ? List.of()
                    : bridge.entries().stream().filter(entry -> !entry.secret().isEmpty())
                            .map(entry -> Kinds.secret(key, entry.secret())).distinct().toList();
        }

        @Override
        public void report(ResourceKey key, Reports reports) {
            Table.Entry<McpBridge> entry = index.bridges.entry(key);
            reports.status(key, null);
            if (entry == null) {
                reports.problems(key, List.of());
                return;
            }
            Findings findings = new Findings(entry.resource(), entry.problems());
            for (McpBridge.Entry one : entry.value().entries()) {
                ResourceKey name = Kinds.secret(key, one.secret());
                Resource secret = one.secret().isEmpty() ? null : index.resources.get(name);
                if (!one.secret().isEmpty() && secret == null) {
                    findings.add(one.path() + ".authSecretName", "is \"" + one.secret() + "\", and there is no " + name,
                            "the name of a Secret", Severity.ERROR, name);
                } else if (secret != null && !one.understands(Secret.read(Document.open(secret)).keys())) {
                    findings.error(one.path() + ".authSecretName",
                            "is \"" + one.secret() + "\", and " + name + " does not have the keys of a login",
                            one.credentialKeys());
                }
            }
            reports.problems(key, findings.list());
        }
    }

    /// Validates Secrets, and reports the Registries that use one again.
    private final class Secrets implements KindProcessor {
        private final KindProcessor check = new CheckProcessor(Secret::read);

        @Override
        public void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
            check.changed(key, before, after);
            RegistryLookups.this.changed(key);
        }

        @Override
        public void report(ResourceKey key, Reports reports) {
            check.report(key, reports);
            Resource resource = index.resources.get(key);
            TlsSecret secret = resource == null || !Secret.read(Document.open(resource)).type().equals(TlsSecret.TYPE)
                    ? null
                    : certificates.of(key);
            if (secret != null) {
                secret.problems().forEach(problem -> reports.addProblem(key, problem));
            }
        }
    }
}
