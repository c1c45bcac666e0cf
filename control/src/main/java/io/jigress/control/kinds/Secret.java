package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// A Secret: what kind it is and which keys it has. The values are never kept here.
public record Secret(String type, Set<String> keys) {

    public static Secret read(Document document) {
        JsonReader root = document.root();
        String type = root.text("type", "Opaque");
        Set<String> keys = new TreeSet<>();
        JsonReader data = root.object("data");
        for (String key : data.json().members().keySet()) {
            String value = data.text(key);
            if (value != null && isBase64(value)) {
                keys.add(key);
            } else if (value != null) {
                data.error(key, "is not base64", "base64, or the plain value under stringData");
            }
        }
        Map<String, String> plain = root.textMap("stringData");
        keys.addAll(plain.keySet());
        root.ignore("immutable");
        root.finish();
        return new Secret(type, Set.copyOf(keys));
    }

    private static boolean isBase64(String text) {
        try {
            Base64.getMimeDecoder().decode(text);
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }
}
