package io.jigress.waf;

import java.util.Set;

/// The settings of a rule set.
///
/// @param jsonDepth          `SecRequestBodyJsonDepthLimit`
/// @param responseMimeTypes  media types of responses whose bodies are inspected, without parameters
public record RuleSettings(EngineMode mode, boolean requestBodyAccess, int requestBodyLimit, boolean requestBodyPartial,
        boolean responseBodyAccess, int responseBodyLimit, boolean responseBodyPartial, Set<String> responseMimeTypes,
        int jsonDepth,
        int argumentsLimit, int collectionTimeout) {
    /// ModSecurity's own defaults.
    public static final RuleSettings DEFAULT = new RuleSettings(EngineMode.OFF, false, 134_217_728, false, false, 524_288, false,
            Set.of("text/plain", "text/html"), 1024, 1000, 3600);

}
