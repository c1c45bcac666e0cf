package io.jigress.plugins.wasm;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/// Plugins that are built with the SDKs of Proxy-Wasm. `conformance/wasm-plugins/build` builds them; tests of a plugin that is missing are skipped.
enum SdkPlugins {
    RUST, GO, HIGRESS, ASSEMBLYSCRIPT;

    private static final Path BUILT = Path.of(System.getProperty("user.home"), ".cache", "jigress-test", "wasm");

    Path require() {
        Path file = BUILT.resolve(name().toLowerCase(java.util.Locale.ROOT) + ".wasm");
        Assumptions.assumeTrue(Files.isReadable(file),
                "skipped: " + file + " is missing; conformance/wasm-plugins/build makes it");
        return file;
    }
}
