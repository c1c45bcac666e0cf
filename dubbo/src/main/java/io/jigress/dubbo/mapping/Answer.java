package io.jigress.dubbo.mapping;

import java.util.Map;

/// A response: JSON, or no body for a status that has none.
///
/// @param headers in addition to those of the body
public record Answer(int status, String json, Map<String, String> headers) {
    static Answer of(int status, String json) {
        return new Answer(status, json, Map.of());
    }
}
