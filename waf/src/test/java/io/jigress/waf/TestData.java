package io.jigress.waf;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/// What `waf/fetch-test-data` has fetched. A test that needs it is skipped without it, and says so.
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
