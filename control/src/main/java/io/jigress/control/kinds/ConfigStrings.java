package io.jigress.control.kinds;

import io.jigress.api.Json;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/// The strings in the configuration of a [Plugin].
final class ConfigStrings {
    /// Match rules are written outside of the configuration.
    private static final Pattern RULE = Pattern.compile("^(?:c|defaultC)onfig\\._rules_(\\[\\d+])");

    private ConfigStrings() {}

    /// Reports each string of a value, with its path as it is written in the `spec`.
    static void each(String path, Json value, BiConsumer<String, String> found) {
        switch (value) {
            case Json.Obj(var members) ->
                members.forEach((name, member) -> each(path.isEmpty() ? name : path + "." + name, member, found));
            case Json.Arr(List<Json> items) -> {
                for (int i = 0; i < items.size(); i++) {
                    each(path + "[" + i + "]", items.get(i), found);
                }
            }
            case Json.Str(String text) -> found.accept(RULE.matcher(path).replaceFirst("matchRules$1.config"), text);
            case Json.Num _,Json.Bool _,Json.Null _ -> {}
        }
    }
}
