package io.jigress.sources.manifest;

import io.jigress.api.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Encrypts the Secrets in the text of a file. Parts without Secrets keep their text.
public final class ManifestSealer {
    private final SecretCipher cipher;
    private int secrets;

    private ManifestSealer(SecretCipher cipher) {
        this.cipher = cipher;
    }

    /// @param text for the store
    /// @param secrets how many Secrets have values in plain text; with keys they are encrypted in the text
    public record Sealed(String text, int secrets) {}

    /// A part that cannot be read, so that it is not known whether it has a Secret.
    public static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1;

        Unreadable(String where) {
            super(where);
        }
    }

    /// @param source the name of the file
    /// @throws Unreadable with the place, if there are keys
    public static Sealed seal(String source, String text, SecretCipher cipher) throws Unreadable {
        ManifestSealer sealer = new ManifestSealer(cipher);
        StringBuilder out = new StringBuilder();
        for (ManifestText.Part part : ManifestText.of(source, text).parts()) {
            out.append(sealer.seal(part));
        }
        boolean changed = sealer.secrets > 0 && cipher.hasKeys();
        return new Sealed(changed ? out.toString() : text, sealer.secrets);
    }

    private String seal(ManifestText.Part part) throws Unreadable {
        return switch (part.parse()) {
            case YamlText.Result.Broken(Position at, String what) -> {
                if (cipher.hasKeys()) {
                    throw new Unreadable(at + ": " + what);
                }
                yield part.text();
            }
            case YamlText.Result.Parsed(List<YamlText.Document> documents) -> {
                int before = secrets;
                List<Json> sealed = new ArrayList<>();
                documents.forEach(document -> sealed.add(seal(document.json())));
                if (secrets == before) {
                    yield part.text();
                }
                StringBuilder out = new StringBuilder();
                sealed.forEach(json -> out.append(part.json() ? "" : "---\n").append(json).append('\n'));
                yield out.toString();
            }
        };
    }

    private Json seal(Json json) {
        if (!(json instanceof Json.Obj object)) {
            return json;
        }
        if (SecretCipher.isPlain(object)) {
            secrets++;
            return cipher.hasKeys() ? cipher.seal(object) : object;
        }
        List<Json> items = ManifestReader.objects(object);
        if (items.size() == 1 && items.getFirst() == object) {
            return object;
        }
        Map<String, Json> members = new LinkedHashMap<>(object.members());
        List<Json> sealed = new ArrayList<>();
        items.forEach(item -> sealed.add(seal(item)));
        members.put("items", Json.array(sealed));
        return new Json.Obj(members);
    }
}
