package io.jigress.sources.manifest;

import io.jigress.api.Json;

/// A text of one YAML document that is not a manifest.
public sealed interface YamlDocument {
    record Parsed(Json json) implements YamlDocument {}

    /// @param at `line 3, column 5`
    /// @param what what is wrong there, which may quote the text
    record Broken(String at, String what) implements YamlDocument {}

    static YamlDocument parse(String text) {
        return switch (YamlText.parse(text, 0)) {
            case YamlText.Result.Broken(Position at, String what) -> new Broken(at.toString(), what);
            case YamlText.Result.Parsed(var documents) -> switch (documents.size()) {
                case 0 -> new Parsed(Json.Obj.EMPTY);
                case 1 -> new Parsed(documents.getFirst().json());
                default -> new Broken("document 2", "is not the only document");
            };
        };
    }
}
