package io.jigress.app.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How many files and sockets this process may have open at once.
final class OpenFiles {
    private static final int UNKNOWN = 1 << 20;

    /// The JARs of the class path, some 80, and the files of the JVM, the event loops and the logs.
    private static final int RESERVE = 256;

    private OpenFiles() {}

    /// The default number of files that are reserved for other uses than connections.
    static int reserve(int files) {
        return Math.clamp(files / 3, 1, RESERVE);
    }

    /// The default limit of client connections: half of the rest, so that as many are left for upstreams.
    static int clients(int files, int reserve) {
        return Math.max(1, (files - reserve) / 2);
    }

    /// The limit of connections to upstreams; below 1 when no files are left for them.
    static int upstreams(int files, int reserve, int clients) {
        return files - reserve - clients;
    }

    /// Reads /proc: the JVM's management bean has the same value, but loading it takes longer.
    static int limit() {
        try {
            return limit(Files.readString(Path.of("/proc/self/limits")));
        } catch (IOException _) {
            return UNKNOWN;
        }
    }

    /// @param limits in the format of /proc/self/limits: name, soft limit, hard limit, unit
    static int limit(String limits) {
        return limits.lines().filter(line -> line.startsWith("Max open files"))
                .map(line -> line.substring("Max open files".length()).strip().split("\\s+")[0])
                .filter(soft -> soft.matches("\\d{1,9}")).map(Integer::parseInt).findFirst().orElse(UNKNOWN);
    }
}
