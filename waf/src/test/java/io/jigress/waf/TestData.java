package io.jigress.waf;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/// The data fetched by `waf/fetch-test-data`. A test that needs it is skipped without it, with a message.
public final class TestData {
    private TestData() {
    }

    /// A folder of the data.
    public static Path folder(String name) {
        Path folder = Path.of("target", "test-data", name).toAbsolutePath();
        Assumptions.assumeTrue(Files.isDirectory(folder),
                "skipped: " + folder + " is missing; run waf/fetch-test-data to get it");
        return folder;
    }
}
