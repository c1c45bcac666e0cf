package io.jigress.app.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How many files and sockets this process may have open at once.
final class OpenFiles {
    private static final int UNKNOWN = 1 << 20;

    /// The JARs of the class path are open, some 80, and beside them what the JVM, the event loops and the logs need.
    private static final int RESERVE = 256;

    private OpenFiles() {}

    /// What is kept by default of so many files for all but connections.
    static int reserve(int files) {
        return Math.clamp(files / 3, 1, RESERVE);
    }

    /// How many connections of clients there may be by default: as many as to upstreams.
    static int clients(int files, int reserve) {
        return Math.max(1, (files - reserve) / 2);
    }

    /// How many connections to upstreams there may be; below 1 when nothing is left for them.
    static int upstreams(int files, int reserve, int clients) {
        return files - reserve - clients;
    }

    /// Asks the kernel: the JVM's own bean tells the same, and loading it takes longer than reading a page.
    static int limit() {
        try {
            return limit(Files.readString(Path.of("/proc/self/limits")));
        } catch (IOException _) {
            return UNKNOWN;
        }
    }

    /// @param limits as in /proc/self/limits: name, soft limit, hard limit, unit
    static int limit(String limits) {
        return limits.lines().filter(line -> line.startsWith("Max open files"))
                .map(line -> line.substring("Max open files".length()).strip().split("\\s+")[0])
                .filter(soft -> soft.matches("\\d{1,9}")).map(Integer::parseInt).findFirst().orElse(UNKNOWN);
    }
}
