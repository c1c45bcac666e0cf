package io.jigress.app.run;

import io.jigress.app.sources.Places;
import io.jigress.config.PersistentMap;
import io.jigress.control.Problem;
import io.jigress.control.Reconciler.Live;
import io.jigress.control.ReferenceHints;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Logs the problems that a change of the configuration has added, and its revision. The work is proportional to the change. For one
/// thread.
public final class ProblemLog {
    /// The limit of problems logged for one change, which may add thousands; the admin port and `check` list them all.
    public static final int LINES = 10;

    private static final Logger log = LoggerFactory.getLogger(ProblemLog.class);

    private final Places places;

    private PersistentMap<ResourceKey, List<Problem>> ofTranslation = PersistentMap.empty();
    private PersistentMap<ResourceKey, List<Problem>> ofSources = PersistentMap.empty();
    private List<Problem> failures = List.of();
    /// The last line that was logged about a revision, without its time.
    private String told = "";
    private int errors;
    private int warnings;

    /// @param places finds the lines of problems
    public ProblemLog(Places places) {
        this.places = places;
    }

    /// Reports the live state; logs the problems that are new.
    public void now(Live live) {
        List<Problem> news = new ArrayList<>();
        live.translation().problems().diff(ofTranslation, (_, before, after) -> compare(before, after, news));
        live.sourceProblems().diff(ofSources, (_, before, after) -> compare(before, after, news));
        compare(failures, live.failures(), news);
        ofTranslation = live.translation().problems();
        ofSources = live.sourceProblems();
        failures = live.failures();
        news.sort(Problem.ORDER);
        ReferenceHints.complete(news.stream().limit(LINES).toList(), live.resources().resources()).forEach(this::tell);
        if (news.size() > LINES) {
            log.warn("and {} more: `jigress check` and /config/problems on the admin port list them", news.size() - LINES);
        }
    }

    /// Logs the revision that is live, unless only endpoints have changed.
    public void live(Live now) {
        String counts = now.resources().revision() + ": " + now.resources().resources().size() + " objects, " + errors
                + (errors == 1 ? " error, " : " errors, ")
                + warnings + (warnings == 1 ? " warning" : " warnings");
        if (!counts.equals(told)) {
            told = counts;
            long nanos = now.timing().storeNanos() + now.timing().translateNanos() + now.timing().applyNanos();
            log.info("revision {} (live after {} ms)", counts, String.format(Locale.ROOT, "%.1f", nanos / 1e6));
        }
    }

    /// The present number of errors.
    public int errors() {
        return errors;
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

    private void tell(Problem problem) {
        String line = ProblemLine.of(problem, places.line(problem));
        switch (problem.severity()) {
            case ERROR -> log.error("{}", line);
            case WARNING -> log.warn("{}", line);
        }
    }
}
