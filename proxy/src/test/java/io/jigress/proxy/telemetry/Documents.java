package io.jigress.proxy.telemetry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The project's documents, whatever the working directory of the tests is.
final class Documents {
    private Documents() {}

    static String read(String name) throws IOException {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("docs").resolve(name))) {
            folder = folder.getParent();
        }
        return Files.readString(folder.resolve("docs").resolve(name));
    }
}
