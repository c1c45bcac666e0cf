package io.jigress.control.translate;

import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Collects the problems of one object; each is kept once.
final class Findings {
    private final Resource resource;
    private final Set<Problem> problems;

    Findings(Resource resource, Collection<Problem> found) {
        this.resource = resource;
        this.problems = new LinkedHashSet<>(found);
    }

    void add(Problem problem) {
        problems.add(problem);
    }

    void add(String path, String what, String expected, Problem.Severity severity) {
        problems.add(new Problem(resource.key(), resource.source(), path, what, expected, severity));
    }

    /// @param missing the missing object of a reference; null for other problems
    void add(String path, String what, String expected, Problem.Severity severity, @Nullable ResourceKey missing) {
        problems.add(new Problem(resource.key(), resource.source(), path, what, expected, severity, missing));
    }

    void error(String path, String what, String expected) {
        problems.add(new Problem(resource.key(), resource.source(), path, what, expected, Problem.Severity.ERROR));
    }

    void warning(String path, String what, String expected) {
        problems.add(new Problem(resource.key(), resource.source(), path, what, expected, Problem.Severity.WARNING));
    }

    List<Problem> list() {
        return List.copyOf(problems);
    }
}
