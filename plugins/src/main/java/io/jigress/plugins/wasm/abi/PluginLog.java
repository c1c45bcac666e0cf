package io.jigress.plugins.wasm.abi;

import io.jigress.plugins.wasm.vm.Trap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// What a plugin logs, at most so many lines each second. One thread.
final class PluginLog {
    private static final Logger LOG = LoggerFactory.getLogger("io.jigress.plugins.wasm");
    private static final int LINES = 100;
    private static final int LENGTH = 4096;
    private static final long SECOND = 1_000_000_000L;

    /// The least level of the ABI whose last line is kept.
    private static final int ERROR = 4;

    private final String plugin;
    private String last = "";
    private long second;
    private int lines;
    private long dropped;

    PluginLog(String plugin) {
        this.plugin = plugin;
    }

    private static Level level(int level) {
        return switch (level) {
            case 0 -> Level.TRACE;
            case 1 -> Level.DEBUG;
            case 2 -> Level.INFO;
            case 3 -> Level.WARN;
            default -> Level.ERROR;
        };
    }

    /// Whether lines of a level are used at all: some SDKs log a dozen for each request, at a level that is off.
    boolean takes(int level) {
        return level >= ERROR || LOG.isEnabledForLevel(level(level));
    }

    /// @param level of the ABI: 0 trace to 5 critical
    void line(int level, String message) {
        if (level >= ERROR) {
            last = cut(message, 300);
        }
        Level as = level(level);
        if (!LOG.isEnabledForLevel(as)) {
            return;
        }
        long now = System.nanoTime() / SECOND;
        if (now != second) {
            if (dropped > 0) {
                LOG.warn("plugin {}: {} more lines were dropped", plugin, dropped);
            }
            second = now;
            lines = 0;
            dropped = 0;
        }
        if (lines++ < LINES) {
            LOG.atLevel(as).log("plugin {}: {}", plugin, printable(cut(message, LENGTH)));
        } else {
            dropped++;
        }
    }

    private static String cut(String text, int length) {
        return text.length() > length ? text.substring(0, length) + "…" : text;
    }

    /// A plugin may log what clients send: a line stays one line.
    private static String printable(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.stripTrailing().chars().forEach(c -> out.append(c < 0x20 && c != '\t' || c == 0x7f ? '.' : (char) c));
        return out.toString();
    }

    void trapped(Trap trap) {
        LOG.warn("plugin {}: its instance is discarded: {}{}", plugin, trap.what(), lastError());
    }

    /// The last error that the plugin has logged, as the end of a sentence; empty when there is none.
    String lastError() {
        return last.isEmpty() ? "" : ": " + printable(last);
    }

    /// The least level that is logged.
    int level() {
        if (LOG.isTraceEnabled()) {
            return 0;
        }
        if (LOG.isDebugEnabled()) {
            return 1;
        }
        return LOG.isInfoEnabled() ? 2 : LOG.isWarnEnabled() ? 3 : 4;
    }
}
