package io.jigress.plugins.process.authz;

import io.envoyproxy.envoy.config.core.v3.QueryParameter;
import java.util.ArrayList;
import java.util.List;

/// Changes of the query of a target, as text: nothing is decoded or encoded.
final class QueryEdits {
    private QueryEdits() {}

    static String apply(String target, List<QueryParameter> set, List<String> remove) {
        int mark = target.indexOf('?');
        String path = mark < 0 ? target : target.substring(0, mark);
        List<String> parts = new ArrayList<>();
        if (mark >= 0 && mark < target.length() - 1) {
            parts.addAll(List.of(target.substring(mark + 1).split("&", -1)));
        }
        for (QueryParameter parameter : set) {
            put(parts, parameter);
        }
        parts.removeIf(part -> remove.contains(key(part)));
        return parts.isEmpty() ? path : path + "?" + String.join("&", parts);
    }

    /// Replaces the first parameter of that name and removes the others.
    private static void put(List<String> parts, QueryParameter parameter) {
        String text = parameter.getKey() + "=" + parameter.getValue();
        int at = -1;
        for (int i = 0; i < parts.size(); i++) {
            if (!key(parts.get(i)).equals(parameter.getKey())) {
                continue;
            }
            if (at < 0) {
                at = i;
                parts.set(i, text);
            } else {
                parts.remove(i--);
            }
        }
        if (at < 0) {
            parts.add(text);
        }
    }

    private static String key(String part) {
        int equals = part.indexOf('=');
        return equals < 0 ? part : part.substring(0, equals);
    }
}
