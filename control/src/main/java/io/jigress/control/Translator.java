package io.jigress.control;

/// Turns resources into configuration. Incremental: it remembers the last set it saw and does work in proportion to what changed
/// since; the result is that of a full translation. Never throws on bad input. One thread at a time.
public interface Translator {
    Translation translate(ResourceSet resources);
}
