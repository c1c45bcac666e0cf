package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.DubboService;
import io.jigress.control.translate.ClusterResolver.Resolution;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// DubboServices: they contribute no routes, but depend on the Service or Backend that they refer to, as routes do.
final class DubboServiceProcessor implements RouteProcessor {
    private final TranslationIndex index;
    private final PendingWork pendingWork;
    private final Assembly assembly;
    private final ClusterTable clusters;
    private final Uses uses;

    DubboServiceProcessor(TranslationIndex index, PendingWork pendingWork, Assembly assembly, ClusterTable clusters, Uses uses) {
        this.index = index;
        this.pendingWork = pendingWork;
        this.assembly = assembly;
        this.clusters = clusters;
        this.uses = uses;
    }

    @Override
    public void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
        if (index.dubboServices.put(key, after)) {
            pendingWork.touch(key);
        }
        pendingWork.route(key);
    }

    @Override
    public Contribution translate(Resource resource, Reports reports) {
        Table.Entry<DubboService> entry = index.dubboServices.entry(resource.key());
        RouteBuild build = new RouteBuild(resource, uses, entry == null ? List.of() : entry.problems());
        ClusterResolver resolver = new ClusterResolver(index, clusters);
        switch (entry == null ? null : entry.value().origin()) {
            case DubboService.Reference reference when resolver.providers(build, resource.key(),
                    reference) instanceof Resolution.Broken broken ->
                build.findings().add("spec.backendRef" + (broken.field().isEmpty() ? "" : "." + broken.field()), broken.what(),
                        broken.expected(), Problem.Severity.ERROR, broken.missing());
            case DubboService.Registered registered -> {
                RegistryLookups.Verdict verdict = resolver.registry(build, resource.key(), registered);
                if (verdict.what() != null) {
                    build.findings().add(
                            "spec.registry." + (verdict.field().equals("registryNamespace") ? "namespace" : "name"),
                            verdict.what(), verdict.expected(), Problem.Severity.ERROR, verdict.missing());
                }
            }
            case DubboService.Reference _,DubboService.Fixed _ -> {}
            case null -> {}
        }
        return build.finish();
    }

    @Override
    public void report(ResourceKey key, Reports reports) {
        Table.Entry<DubboService> entry = index.dubboServices.entry(key);
        Contribution contribution = assembly.contribution(key);
        if (entry == null) {
            reports.problems(key, List.of());
            reports.status(key, null);
            return;
        }
        List<Problem> problems = contribution == null ? entry.problems() : contribution.problems();
        reports.problems(key, problems);
        boolean wrong = problems.stream().anyMatch(problem -> problem.severity() == Problem.Severity.ERROR);
        boolean valid = entry.value().valid()
                && problems.stream().noneMatch(problem -> problem.path().startsWith("spec.backendRef")
                        || problem.path().startsWith("spec.registry"));
        List<Json> conditions = new ArrayList<>();
        conditions.add(valid
                ? Conditions.condition("Accepted", true, "Accepted", "The object is served", entry.generation())
                : Conditions.condition("Accepted", false, "Invalid", "A field is invalid", entry.generation()));
        if (valid && wrong) {
            conditions.add(Conditions.condition("PartiallyInvalid", true, "InvalidMethods",
                    "Methods with errors are answered with 500", entry.generation()));
        }
        reports.status(key, Json.object().put("conditions", Json.array(conditions)).build());
    }
}
