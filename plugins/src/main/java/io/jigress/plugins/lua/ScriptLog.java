package io.jigress.plugins.lua;

import io.jigress.api.Services;
import io.jigress.plugins.lua.vm.Values;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// What scripts write to the log: at most a number of lines a second, further ones are counted.
final class ScriptLog {
    private static final int LINES_PER_SECOND = 100;
    private static final int LONGEST_LINE = 2048;
    private static final long SECOND = 1_000_000_000L;

    private final Logger log = LoggerFactory.getLogger("io.jigress.plugin.lua");
    private final String plugin;
    private final Services services;
    private final Services.Counter dropped;
    private long second;
    private int lines;

    ScriptLog(String plugin, Services services) {
        this.plugin = plugin;
        this.services = services;
        dropped = services.counter("log_lines_dropped", "Log lines of scripts beyond " + LINES_PER_SECOND + " a second");
    }

    void info(String line) {
        write(Level.INFO, line);
    }

    boolean isEnabled(Level level) {
        return log.isEnabledForLevel(level);
    }

    void write(Level level, String line) {
        if (!log.isEnabledForLevel(level)) {
            return;
        }
        long now = services.nanoTime() / SECOND;
        if (now != second) {
            second = now;
            lines = 0;
        }
        if (++lines > LINES_PER_SECOND) {
            dropped.add(1);
            return;
        }
        String cut = line.length() > LONGEST_LINE ? line.substring(0, LONGEST_LINE) + "…" : line;
        // A script must not be able to forge lines.
        StringBuilder safe = new StringBuilder(Values.text(cut));
        for (int i = 0; i < safe.length(); i++) {
            if (Character.isISOControl(safe.charAt(i)) && safe.charAt(i) != '\t') {
                safe.setCharAt(i, ' ');
            }
        }
        log.atLevel(level).log("{}: {}", plugin, safe);
    }
}
