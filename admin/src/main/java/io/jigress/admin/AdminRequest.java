package io.jigress.admin;

import java.util.List;
import java.util.Map;

/// A request to an endpoint. A parameter may be given several times; there is no body.
///
/// @param path decoded, without the query
public record AdminRequest(String path, Map<String, List<String>> parameters) {

    /// The first value of a parameter; the fallback when it is absent or empty.
    public String text(String parameter, String fallback) {
        List<String> values = all(parameter);
        return values.isEmpty() || values.getFirst().isEmpty() ? fallback : values.getFirst();
    }

    /// All values of a parameter, in order.
    public List<String> all(String parameter) {
        return parameters.getOrDefault(parameter, List.of());
    }
}
