package io.jigress.control.kinds;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A reference to the value of a Secret within the configuration of a [Plugin]: `${secret.NAME.KEY}`, in any string of it, as Higress has it. The Secret is in the
/// namespace of the Plugin.
///
/// @param text as it is in the configuration
/// @param path of the string that has it
public record SecretRef(String text, ResourceKey secret, String key, String path) {
    private static final Pattern BEGIN = Pattern.compile("\\$\\{secret\\.([^{}]*)(}?)");
    private static final Pattern NAME_AND_KEY = Pattern
            .compile("(?:([a-z0-9-]+)/)?([a-z0-9]([-a-z0-9]*[a-z0-9])?)\\.([-._a-zA-Z0-9]+)");

    /// The references in a value; what looks like one and is none is an error.
    static List<SecretRef> in(Document document, JsonReader reader, String field, Json value) {
        List<SecretRef> found = new ArrayList<>();
        ConfigStrings.each(field, value, (path, text) -> find(document, reader, path, text, found));
        return found;
    }

    private static void find(Document document, JsonReader reader, String path, String text, List<SecretRef> found) {
        Matcher matcher = BEGIN.matcher(text);
        while (matcher.find()) {
            Matcher name = NAME_AND_KEY.matcher(matcher.group(1));
            if (matcher.group(2).isEmpty() || !name.matches()) {
                reader.error(path, "has \"" + matcher.group() + "\", which is no reference to a Secret",
                        "${secret.NAME.KEY}, where NAME has no dots");
            } else if (name.group(1) != null && !name.group(1).equals(document.namespace())) {
                reader.error(path, "has \"" + matcher.group() + "\", a Secret of another namespace",
                        "a Secret of the namespace " + document.namespace());
            } else {
                found.add(new SecretRef(matcher.group(), Kinds.secret(document.resource().key(), name.group(2)), name.group(4),
                        reader.path(path)));
            }
        }
    }
}
