package io.jigress.waf.seclang;

import java.util.List;

/// The directives of a file, in order, and what is wrong with those that are missing.
public record ParsedRules(List<Directive> directives, List<SecLangProblem> problems) {
    public ParsedRules {
        directives = List.copyOf(directives);
        problems = List.copyOf(problems);
    }
}
