package io.jigress.grpcjson.rule;

import io.jigress.grpcjson.descriptor.FieldPath;
import io.jigress.grpcjson.descriptor.MessageType;
import io.jigress.grpcjson.transcode.JsonToProto.Parameter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the query of a request to fields of its message.
public final class QueryParameters {
    private static final int MAX_PARAMETERS = 1_000;

    private QueryParameters() {}

    /// Adds the parameters of a query.
    ///
    /// @param bound the fields of the path, which a query must not set
    /// @param ignored names that are no fields; `*` stands for all
    /// @return what is wrong, for people; null when nothing is
    public static @Nullable String add(MessageType type, String query, List<FieldPath> bound, Set<String> ignored,
            List<Parameter> to) {
        if (query.isEmpty()) {
            return null;
        }
        Set<FieldPath> set = new HashSet<>(bound);
        int count = 0;
        for (String pair : query.split("&", MAX_PARAMETERS + 1)) {
            if (++count > MAX_PARAMETERS) {
                return "the query has more than " + MAX_PARAMETERS + " parameters";
            }
            int equals = pair.indexOf('=');
            String name = Percent.query(equals < 0 ? pair : pair.substring(0, equals));
            if (name.isEmpty() || ignored.contains(name)) {
                continue;
            }
            FieldPath field = FieldPath.resolve(type, name);
            if (field == null || !field.takesText()) {
                if (ignored.contains("*")) {
                    continue;
                }
                return "the parameter \"" + shown(name) + "\" is not a field of " + type
                        + (field == null ? "" : " that a parameter can set");
            }
            if (!field.last().isRepeated() && !set.add(field)) {
                return "the parameter \"" + shown(name) + "\" is given twice";
            }
            to.add(new Parameter(field, Percent.query(equals < 0 ? "" : pair.substring(equals + 1))));
        }
        return null;
    }

    private static String shown(String name) {
        return name.length() > 40 ? name.substring(0, 40) + "…" : name;
    }
}
