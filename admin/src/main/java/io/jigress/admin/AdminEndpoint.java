package io.jigress.admin;

import java.util.Set;
import java.util.function.Function;

/// An endpoint that returns a value or, with `PUT`, sets one.
///
/// @param path absolute and exact: `/config/problems`
/// @param doc one line for the index of all endpoints
/// @param parameters the query parameters it knows; any other is answered with 400
/// @param answer called on the server's only thread; it may be slow, since only operators and probes wait for it
public record AdminEndpoint(Method method, String path, String doc, Set<String> parameters,
        Function<AdminRequest, AdminReply> answer) {

    public enum Method {
        /// Read-only; also answers `HEAD`.
        GET,
        PUT
    }

    public AdminEndpoint {
        parameters = Set.copyOf(parameters);
    }

    public static AdminEndpoint get(String path, String doc, Set<String> parameters, Function<AdminRequest, AdminReply> answer) {
        return new AdminEndpoint(Method.GET, path, doc, parameters, answer);
    }
}
