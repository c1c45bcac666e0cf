package io.jigress.app.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import io.jigress.api.Json;
import io.jigress.app.settings.KnownSettings.LogFormat;
import io.jigress.app.settings.KnownSettings.LogLevel;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/// The levels and the format of the program's own log; both can change at run time.
public final class ProgramLog {
    private ProgramLog() {}

    /// @param part a [Subsystem], a package or a class; empty for all without a level of their own
    public static void level(String part, LogLevel level) {
        for (String name : names(part)) {
            if (LoggerFactory.getLogger(name) instanceof Logger known) {
                known.setLevel(Level.toLevel(level.name()));
            }
        }
    }

    public static void format(LogFormat format) {
        if (LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
            for (Iterator<Appender<ILoggingEvent>> all = root.iteratorForAppenders(); all.hasNext();) {
                if (all.next() instanceof OutputStreamAppender<ILoggingEvent> appender
                        && appender.getEncoder() instanceof LogEncoder encoder) {
                    encoder.format(format);
                }
            }
        }
    }

    public static Optional<LogLevel> parse(String word) {
        return Arrays.stream(LogLevel.values()).filter(level -> level.name().toLowerCase(Locale.ROOT).equals(word)).findFirst();
    }

    /// The level in effect, as text.
    public static Json json(String part) {
        String level = LoggerFactory.getLogger(names(part).getFirst()) instanceof Logger known
                ? known.getEffectiveLevel().levelStr.toLowerCase(Locale.ROOT)
                : "unknown";
        return Json.object().put("logger", part).put("level", level).build();
    }

    private static List<String> names(String part) {
        return part.isEmpty()
                ? List.of(org.slf4j.Logger.ROOT_LOGGER_NAME)
                : Subsystem.labelled(part).map(Subsystem::prefixes).orElse(List.of(part));
    }
}
