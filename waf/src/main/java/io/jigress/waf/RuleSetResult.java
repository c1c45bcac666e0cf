package io.jigress.waf;

import io.jigress.waf.seclang.SecLangProblem;
import java.util.List;

/// What [RuleSetLoader] makes of rule files.
public sealed interface RuleSetResult permits RuleSet, RuleSetResult.Refused {
    /// The files have problems; all of them are listed.
    record Refused(List<SecLangProblem> problems) implements RuleSetResult {
        public Refused {
            problems = List.copyOf(problems);
        }
    }
}
