package io.jigress.app.run;

import io.jigress.app.sources.Places;
import io.jigress.control.Problem;
import java.util.Locale;

/// A problem as one line, the same in the output of `check` and in the log: `routes.yaml:12: error: HTTPRoute default/shop: …`.
public final class ProblemLine {
    private ProblemLine() {}

    /// @param line in its file; 0 when unknown
    public static String of(Problem problem, int line) {
        return problem.source() + (line > 0 ? ":" + line : "") + (problem.source().isEmpty() ? "" : ": ")
                + problem.severity().name().toLowerCase(Locale.ROOT) + ": "
                + (line > 0 ? Places.withoutLine(problem.toString()) : problem.toString());
    }
}
