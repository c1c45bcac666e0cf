package io.jigress.waf.seclang;

import java.util.List;

/// The directives of a file, in order, and the problems of those that could not be parsed.
public record ParsedRules(List<Directive> directives, List<SecLangProblem> problems) {
    public ParsedRules {
        directives = List.copyOf(directives);
        problems = List.copyOf(problems);
    }
}
