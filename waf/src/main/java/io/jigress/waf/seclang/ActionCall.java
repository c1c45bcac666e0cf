package io.jigress.waf.seclang;

/// One action of a rule, such as `phase:2` or `deny`. The argument is empty where there is none.
public record ActionCall(SourcePlace place, String name, String argument) {
}
