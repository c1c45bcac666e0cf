package io.jigress.app;

import io.jigress.config.PersistentMap;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Reconciler.Live;
import io.jigress.control.ReferenceHints;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says in the log what a change made wrong, so that whoever saves a file hears of it where they look first. Its work is in proportion
/// to what changed. For one thread.
final class ProblemLog {
    /// A change may make thousands of objects wrong; the admin port and `check` list them all.
    static final int LINES = 10;

    /// The log shows a logger's last word.
    static final String NAME = "io.jigress.configuration";

    private static final Logger log = LoggerFactory.getLogger(NAME);

    private PersistentMap<ResourceKey, List<Problem>> ofTranslation = PersistentMap.empty();
    private PersistentMap<ResourceKey, List<Problem>> ofSources = PersistentMap.empty();
    private List<Problem> failures = List.of();
    private int errors;
    private int warnings;

    /// Takes in what is live now, and logs the problems that are new.
    void now(Live live) {
        List<Problem> news = new ArrayList<>();
        live.translation().problems().diff(ofTranslation, (_, before, after) -> compare(before, after, news));
        live.sourceProblems().diff(ofSources, (_, before, after) -> compare(before, after, news));
        compare(failures, live.failures(), news);
        ofTranslation = live.translation().problems();
        ofSources = live.sourceProblems();
        failures = live.failures();
        news.sort(Problem.ORDER);
        ReferenceHints.complete(news.stream().limit(LINES).toList(), live.resources().resources()).forEach(ProblemLog::tell);
        if (news.size() > LINES) {
            log.warn("and {} more: `jigress check` and /config/problems on the admin port list them", news.size() - LINES);
        }
    }

    /// How many errors there are now.
    int errors() {
        return errors;
    }

    /// How many warnings there are now.
    int warnings() {
        return warnings;
    }

    private void compare(@Nullable List<Problem> before, @Nullable List<Problem> after, Collection<Problem> news) {
        List<Problem> known = before == null ? List.of() : before;
        known.forEach(problem -> count(problem, -1));
        for (Problem problem : after == null ? List.<Problem>of() : after) {
            count(problem, 1);
            if (!known.contains(problem)) {
                news.add(problem);
            }
        }
    }

    private void count(Problem problem, int by) {
        switch (problem.severity()) {
            case ERROR -> errors += by;
            case WARNING -> warnings += by;
        }
    }

    private static void tell(Problem problem) {
        log.warn("{}{}: {}", problem.source().isEmpty() ? "" : problem.source() + ": ",
                problem.severity() == Severity.ERROR ? "error" : "warning", problem);
    }
}
