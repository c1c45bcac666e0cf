package io.jigress.admin;

import io.jigress.admin.AdminEndpoint.Method;
import io.jigress.api.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds the endpoint of a request; reports an unknown path or method.
final class EndpointTable {
    private static final Logger log = LoggerFactory.getLogger(EndpointTable.class);

    private final List<AdminEndpoint> endpoints;

    EndpointTable(List<AdminEndpoint> endpoints) {
        List<AdminEndpoint> all = new ArrayList<>(endpoints);
        all.add(AdminEndpoint.get("/", "this list", Set.of(), _ -> index()));
        this.endpoints = List.copyOf(all);
    }

    /// @param method as the client wrote it; `HEAD` is treated as `GET`
    AdminReply answer(String method, AdminRequest request) {
        List<AdminEndpoint> there = endpoints.stream().filter(e -> e.path().equals(request.path())).toList();
        if (there.isEmpty()) {
            return AdminReply.error(404, "there is no " + request.path() + "; GET / lists what there is");
        }
        String wanted = method.equals("HEAD") ? "GET" : method;
        for (AdminEndpoint endpoint : there) {
            if (endpoint.method().name().equals(wanted)) {
                return answer(endpoint, request);
            }
        }
        return AdminReply.error(405, Map.of("allow", allowed(there)), request.path() + " does not take " + method + " (expected: "
                + there.stream().map(AdminEndpoint::method).map(Method::name).collect(Collectors.joining(" or ")) + ")");
    }

    /// RFC 9110, 15.5.6: a 405 lists the allowed methods.
    private static String allowed(List<AdminEndpoint> there) {
        return there.stream().map(endpoint -> endpoint.method() == Method.GET ? "GET, HEAD" : endpoint.method().name())
                .collect(Collectors.joining(", "));
    }

    private static AdminReply answer(AdminEndpoint endpoint, AdminRequest request) {
        Set<String> unknown = new HashSet<>(request.parameters().keySet());
        unknown.removeAll(endpoint.parameters());
        if (!unknown.isEmpty()) {
            return AdminReply.error(400, "unknown parameter " + String.join(", ", new TreeSet<>(unknown)) + " (expected: "
                    + (endpoint.parameters().isEmpty() ? "none" : String.join(", ", new TreeSet<>(endpoint.parameters()))) + ")");
        }
        try {
            return endpoint.answer().apply(request);
        } catch (RuntimeException e) {
            // An exception of an endpoint ends this response only.
            log.error("{} {} failed", endpoint.method(), endpoint.path(), e);
            return AdminReply.error(500, "internal error, see the log: " + e);
        }
    }

    private AdminReply index() {
        return AdminReply.json(Json.object()
                .put("endpoints", Json.array(endpoints.stream().map(EndpointTable::line).toList()))
                .build());
    }

    private static Json line(AdminEndpoint endpoint) {
        Json.Builder line = Json.object().put("method", endpoint.method().name()).put("path", endpoint.path());
        if (!endpoint.parameters().isEmpty()) {
            line.put("parameters", Json.array(new TreeSet<>(endpoint.parameters()).stream().map(Json::of).toList()));
        }
        return line.put("doc", endpoint.doc()).build();
    }
}
