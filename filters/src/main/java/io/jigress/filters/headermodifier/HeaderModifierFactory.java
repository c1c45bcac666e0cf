package io.jigress.filters.headermodifier;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HeaderName;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The factory of `header-modifier`, with the semantics of Gateway API's HTTPHeaderFilter: `set` replaces values, `add` keeps existing
/// ones, names compare without case.
public final class HeaderModifierFactory implements FilterFactory<HeaderModifier> {
    private static final String LEFT_OUT = "the filter is left out";

    @Override
    public String name() {
        return "header-modifier";
    }

    @Override
    public FilterPhase phase() {
        return FilterPhase.TRANSFORM;
    }

    @Override
    public int priority() {
        return 0;
    }

    /// The notations of variables in nginx, Envoy and templates.
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{?[a-z][a-z0-9_]+|%[A-Z][A-Z0-9_]+(\\(.*\\))?%|\\{\\{.*}}");

    @Override
    public HeaderModifier parse(JsonReader config) {
        HeaderEdits request = edits(config.object("request"));
        HeaderEdits response = edits(config.object("response"));
        config.finish(Map.of("request", LEFT_OUT, "response", LEFT_OUT));
        if (request.isEmpty() && response.isEmpty() && config.issues().isEmpty()) {
            config.warning("", "changes nothing", "set, add or remove in request or response");
        }
        return new HeaderModifier(request, response);
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(HeaderModifier config) {
        return CompletableFuture.completedFuture(_ -> config.filter());
    }

    private static HeaderEdits edits(JsonReader config) {
        List<HeaderEdits.Field> set = fields(config, "set");
        List<HeaderEdits.Field> add = fields(config, "add");
        List<HeaderName> remove = new ArrayList<>();
        List<String> names = config.texts("remove");
        for (int i = 0; i < names.size(); i++) {
            HeaderName name = name(config, "remove[" + i + "]", names.get(i));
            if (name != null) {
                remove.add(name);
            }
        }
        Set<HeaderName> seen = new HashSet<>();
        for (int i = 0; i < set.size(); i++) {
            if (!seen.add(set.get(i).name())) {
                config.warning("set", "has " + set.get(i).name() + " twice, the last one counts", "each name once");
            }
        }
        config.finish(Map.of("set", LEFT_OUT, "add", LEFT_OUT, "remove", LEFT_OUT));
        return new HeaderEdits(remove, set, add);
    }

    private static List<HeaderEdits.Field> fields(JsonReader config, String field) {
        List<HeaderEdits.Field> fields = new ArrayList<>();
        for (JsonReader item : config.objects(field)) {
            String written = item.requiredText("name");
            HeaderName name = written.isEmpty() ? null : name(item, "name", written);
            if (!item.has("value")) {
                item.error("value", "is missing", "a string");
            }
            String value = item.text("value", "");
            boolean good = writable(item, value);
            if (name != null && good) {
                fields.add(new HeaderEdits.Field(name, value));
            }
            item.finish();
        }
        return fields;
    }

    private static @Nullable HeaderName name(JsonReader config, String field, String written) {
        if (!HeaderName.isToken(written)) {
            config.error(field, "is \"" + written + "\"", "a header name (a token of RFC 9110, section 5.6.2)");
            return null;
        }
        if (HeaderName.RESERVED.contains(written.toLowerCase(Locale.ROOT))) {
            config.error(field, "is \"" + written + "\"", "a header that does not belong to the gateway (not "
                    + String.join(", ", HeaderName.RESERVED.stream().sorted().toList()) + ")");
            return null;
        }
        return HeaderName.of(written);
    }

    private static boolean writable(JsonReader item, String value) {
        if (!HeaderName.isValue(value)) {
            item.error("value", "has a control character or one beyond Latin-1", "Latin-1 text without control characters");
            return false;
        }
        if (VARIABLE.matcher(value).find()) {
            item.warning("value", "is \"" + value + "\", which is sent as it is: there are no variables", "the text to send");
        }
        return true;
    }
}
