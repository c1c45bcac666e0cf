package io.jigress.control.translate;

import io.jigress.config.PersistentMap;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ServiceEndpoints;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.EndpointSlice;
import io.jigress.control.kinds.Kinds;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// EndpointSlices: endpoints are processed by [io.jigress.control.ServiceDirectory]; here slices are only validated, by themselves and
/// against their Service.
final class EndpointSliceProcessor implements KindProcessor {

    /// @param service the Service of the slice; null when the slice names none
    private record Read(Resource resource, EndpointSlice slice, List<Problem> problems, @Nullable ResourceKey service) {}

    private final TranslationIndex index;
    private final PendingWork pendingWork;
    /// Only those whose Service must be checked, or that have problems of their own.
    private PersistentMap<ResourceKey, Read> slices = PersistentMap.empty();
    private PersistentMap<ResourceKey, PersistentMap<ResourceKey, ResourceKey>> ofService = PersistentMap.empty();

    EndpointSliceProcessor(TranslationIndex index, PendingWork pendingWork) {
        this.index = index;
        this.pendingWork = pendingWork;
    }

    @Override
    public void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
        Read last = slices.get(key);
        if (last != null && last.service != null) {
            PersistentMap<ResourceKey, ResourceKey> left = of(last.service).without(key);
            ofService = left.isEmpty() ? ofService.without(last.service) : ofService.with(last.service, left);
        }
        slices = slices.without(key);
        if (after == null) {
            return;
        }
        Document document = Document.open(after);
        EndpointSlice slice = EndpointSlice.read(document);
        ResourceKey service = slice.service().isEmpty()
                ? null
                : key.beside(Kinds.CORE, "Service", key.namespace(), slice.service());
        slices = slices.with(key, new Read(after, slice, document.problems(), service));
        if (service != null) {
            ofService = ofService.with(service, of(service).with(key, key));
        }
    }

    /// A Service was created, changed or removed.
    void serviceChanged(ResourceKey service) {
        of(service).forEach((slice, _) -> pendingWork.report(slice));
    }

    private PersistentMap<ResourceKey, ResourceKey> of(ResourceKey service) {
        PersistentMap<ResourceKey, ResourceKey> known = ofService.get(service);
        return known == null ? PersistentMap.empty() : known;
    }

    @Override
    public void report(ResourceKey key, Reports reports) {
        Read read = slices.get(key);
        if (read == null) {
            reports.problems(key, List.of());
            return;
        }
        Findings findings = new Findings(read.resource, read.problems);
        ResourceKey service = read.service;
        boolean good = read.problems.stream().noneMatch(problem -> problem.severity() == Severity.ERROR);
        if (service != null && good && !read.slice.members().isEmpty()) {
            compare(read.slice, service, index.resources.get(service), findings);
        }
        reports.problems(key, findings.list());
    }

    private static void compare(EndpointSlice slice, ResourceKey key, @Nullable Resource service, Findings findings) {
        if (service == null) {
            findings.add("metadata.labels.kubernetes.io/service-name",
                    "is \"" + key.name() + "\", and there is no " + key + ", so that these endpoints get no requests",
                    "the name of a Service", Severity.WARNING, key);
            return;
        }
        List<String> without = ServiceEndpoints.portsWithout(service, slice);
        if (!without.isEmpty()) {
            findings.error("ports", "has no port for " + String.join(", ", without) + " of " + key
                    + ", so that these endpoints get no requests there", "a port with that name, and a number");
        }
    }
}
