package io.jigress.config;

import io.jigress.api.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The values of Secrets that a configuration refers to (`${secret.login.password}`). They stand beside the configuration, which keeps the references, so that what shows
/// a configuration shows no value. Not logged: `toString` has the references only.
///
/// @param byReference the values by the texts that stand for them
public record SecretValues(Map<String, String> byReference) {
    public static final SecretValues NONE = new SecretValues(Map.of());
    /// How many characters of a value may occur in a message by chance.
    private static final int PART = 6;
    private static final String HIDDEN = "is not valid (it has values of Secrets, which are not shown)";

    public SecretValues {
        byReference = Map.copyOf(byReference);
    }

    public boolean isEmpty() { return byReference.isEmpty(); }

    /// The configuration with the values in place of the references.
    public Json into(Json config) {
        return byReference.isEmpty() ? config : replaced(config);
    }

    private Json replaced(Json json) {
        return switch (json) {
            case Json.Obj(var members) -> {
                Map<String, Json> all = new LinkedHashMap<>();
                members.forEach((name, value) -> all.put(name, replaced(value)));
                yield new Json.Obj(all);
            }
            case Json.Arr(var items) -> {
                List<Json> all = new ArrayList<>(items.size());
                items.forEach(item -> all.add(replaced(item)));
                yield new Json.Arr(all);
            }
            case Json.Str(String text) -> new Json.Str(replaced(text));
            case Json.Num _,Json.Bool _,Json.Null _ -> json;
        };
    }

    private String replaced(String text) {
        int at = text.indexOf("${");
        if (at < 0) {
            return text;
        }
        // One pass from left to right: a reference within a value is not resolved.
        StringBuilder out = new StringBuilder();
        int from = 0;
        while (at >= 0) {
            int end = text.indexOf('}', at);
            String value = end < 0 ? null : byReference.get(text.substring(at, end + 1));
            if (value != null) {
                out.append(text, from, at).append(value);
                from = end + 1;
            }
            at = text.indexOf("${", value == null ? at + 2 : from);
        }
        return out.append(text.substring(from)).toString();
    }

    /// A message about the configuration; another one when it has a part of a value.
    public String hide(String message) {
        return byReference.values().stream().anyMatch(value -> shows(message, value)) ? HIDDEN : message;
    }

    private static boolean shows(String message, String value) {
        if (value.length() <= PART) {
            return !value.isEmpty() && message.contains(value);
        }
        for (int i = 0; i + PART <= message.length(); i++) {
            if (value.contains(message.substring(i, i + PART))) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return new TreeMap<>(byReference).keySet().toString();
    }
}
