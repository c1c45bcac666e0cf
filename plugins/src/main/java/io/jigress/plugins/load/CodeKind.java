package io.jigress.plugins.load;

import java.util.List;

/// What code of a type of plugins looks like in registries and on servers.
///
/// @param noun for messages: `module`
/// @param suffix of its files: `.wasm`
/// @param mediaType of the code itself
/// @param layers the media types of layers that are such code, the preferred one first
/// @param maxBytes the longest
public record CodeKind(String noun, String suffix, String mediaType, List<String> layers, int maxBytes) {
    public static final CodeKind WASM = new CodeKind("module", ".wasm", "application/wasm",
            List.of("application/vnd.module.wasm.content.layer.v1+wasm", "application/vnd.wasm.content.layer.v1+wasm",
                    "application/wasm"),
            64 * 1024 * 1024);
    public static final CodeKind JAR = new CodeKind("jar", ".jar", "application/java-archive",
            List.of("application/vnd.jigress.plugin.jar", "application/java-archive", "application/x-java-archive"),
            64 * 1024 * 1024);
}
