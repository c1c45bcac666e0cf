package io.jigress.plugins.load;

import java.util.List;

/// What code of a type of plugins, or an index of plugins, looks like in registries and on servers.
///
/// @param noun for messages: `module`
/// @param suffix of its files: `.wasm`
/// @param mediaType of the code itself
/// @param layers the media types of layers that are such code, the preferred one first
/// @param maxBytes the longest
/// @param portable whether it is the same for all platforms; other code may bring native libraries
public record CodeKind(String noun, String suffix, String mediaType, List<String> layers, int maxBytes, boolean portable) {
    public static final CodeKind WASM = new CodeKind("module", ".wasm", "application/wasm",
            List.of("application/vnd.module.wasm.content.layer.v1+wasm", "application/vnd.wasm.content.layer.v1+wasm",
                    "application/wasm"),
            64 * 1024 * 1024, true);
    public static final CodeKind JAR = new CodeKind("jar", ".jar", "application/java-archive",
            List.of("application/vnd.jigress.plugin.jar", "application/java-archive", "application/x-java-archive"),
            64 * 1024 * 1024, false);
    public static final CodeKind LUA = new CodeKind("script", ".lua", "text/x-lua",
            List.of("application/vnd.jigress.plugin.lua", "text/x-lua", "application/x-lua"), 4 * 1024 * 1024, true);
    public static final CodeKind INDEX = new CodeKind("index", ".yaml", "application/yaml",
            List.of("application/vnd.jigress.plugin.index", "application/yaml", "application/x-yaml", "text/yaml"),
            4 * 1024 * 1024, true);
}
