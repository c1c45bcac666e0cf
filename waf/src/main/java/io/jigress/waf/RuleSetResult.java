package io.jigress.waf;

import io.jigress.waf.seclang.SecLangProblem;
import java.util.List;

/// The result of [RuleSetLoader].
public sealed interface RuleSetResult permits RuleSet, RuleSetResult.Refused {
    /// The files have problems; all of them are listed.
    record Refused(List<SecLangProblem> problems) implements RuleSetResult {
        public Refused {
            problems = List.copyOf(problems);
        }
    }
}
