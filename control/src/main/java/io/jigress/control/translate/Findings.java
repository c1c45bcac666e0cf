package io.jigress.control.translate;

import io.jigress.control.Problem;
import io.jigress.control.Resource;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The problems of one object while they are being found; each is kept once.
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
