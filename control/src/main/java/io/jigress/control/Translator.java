package io.jigress.control;

/// Translates resources to configuration. Incremental: it remembers the last set, and its work is proportional to the changes since; the
/// result is that of a full translation. Never throws on invalid input. One thread at a time.
public interface Translator {
    Translation translate(ResourceSet resources);
}
