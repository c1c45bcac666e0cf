package io.jigress.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.jigress.api.Json;
import io.jigress.app.settings.KnownSettings.LogLevel;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/// How much the program's own log tells; changes at run time.
final class LogLevels {
    private LogLevels() {}

    /// @param logger a package or class; empty for all that have no level of their own
    static void set(String logger, LogLevel level) {
        if (LoggerFactory.getLogger(name(logger)) instanceof Logger known) {
            known.setLevel(Level.toLevel(level.name()));
        }
    }

    static Optional<LogLevel> parse(String word) {
        return Arrays.stream(LogLevel.values()).filter(level -> level.name().toLowerCase(Locale.ROOT).equals(word)).findFirst();
    }

    /// The level in effect, as words.
    static Json json(String logger) {
        String level = LoggerFactory.getLogger(name(logger)) instanceof Logger known
                ? known.getEffectiveLevel().levelStr.toLowerCase(Locale.ROOT)
                : "unknown";
        return Json.object().put("logger", logger).put("level", level).build();
    }

    private static String name(String logger) {
        return logger.isEmpty() ? org.slf4j.Logger.ROOT_LOGGER_NAME : logger;
    }
}
