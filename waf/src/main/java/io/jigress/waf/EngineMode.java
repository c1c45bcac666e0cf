package io.jigress.waf;

/// `SecRuleEngine`.
public enum EngineMode {
    /// Rules are evaluated and may interrupt.
    ON,
    /// Rules are evaluated and interrupt nothing.
    DETECTION_ONLY,
    /// Rules are not evaluated.
    OFF
}
