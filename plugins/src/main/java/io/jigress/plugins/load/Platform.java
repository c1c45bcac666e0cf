package io.jigress.plugins.load;

import io.jigress.api.Json;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.util.Locale;

/// What an image is for, in the terms of the OCI image specification: `linux/amd64`.
///
/// @param os empty for any
/// @param architecture empty for any
record Platform(String os, String architecture) {
    /// Of what is no image, such as attestations in an index.
    static final Platform UNKNOWN = new Platform("unknown", "unknown");
    /// Of this process.
    static final Platform HERE = here();

    private static Platform here() {
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        String os = system.getName().toLowerCase(Locale.ROOT);
        String architecture = system.getArch();
        return new Platform(os.startsWith("windows") ? "windows" : os.startsWith("mac") ? "darwin" : os,
                switch (architecture) {
                    case "aarch64" -> "arm64";
                    case "x86_64" -> "amd64";
                    default -> architecture;
                });
    }

    /// Reads `os` and `architecture` of an object.
    static Platform of(Json json) {
        return new Platform(Registry.text(json, "os"), Registry.text(json, "architecture"));
    }

    boolean isAny() { return architecture.isEmpty(); }

    boolean isWasm() { return architecture.startsWith("wasm"); }

    @Override
    public String toString() {
        return os + "/" + architecture;
    }
}
