package io.jigress.waf.seclang;

/// A place in a rule file. Line and column count from 1.
public record SourcePlace(String file, int line, int column) {
    @Override
    public String toString() {
        return file + ":" + line + ":" + column;
    }
}
