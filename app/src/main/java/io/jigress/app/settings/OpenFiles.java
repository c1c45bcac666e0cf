package io.jigress.app.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How many files and sockets this process may have open at once.
final class OpenFiles {
    private static final int UNKNOWN = 1 << 20;

    private OpenFiles() {}

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
