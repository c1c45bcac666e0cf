package io.jigress.sources.manifest;

import io.jigress.api.Json;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Finds the part of a file that contains an object. The text of all parts is searched once for values of `name`; only parts in which the
/// object's name occurs as such a value are parsed, each at most once. Not for several threads.
final class PartIndex {
    private static final String NAME = "name";

    private final List<ManifestText.Part> parts;
    /// The parts by the values of `name` in them, ascending.
    private final Map<String, List<Integer>> candidates = new HashMap<>();
    /// The objects of the parts that have been parsed.
    private final Map<ResourceKey, Integer> found = new HashMap<>();
    private final BitSet parsed = new BitSet();

    PartIndex(List<ManifestText.Part> parts) {
        this.parts = parts;
        for (int i = 0; i < parts.size(); i++) {
            index(parts.get(i).text(), i);
        }
    }

    private void index(String text, int part) {
        for (int at = text.indexOf(NAME); at >= 0; at = text.indexOf(NAME, at + 1)) {
            int begin = skip(text, at + NAME.length(), "\"'");
            begin = skip(text, begin, " \t");
            if (begin >= text.length() || text.charAt(begin) != ':') {
                continue;
            }
            begin = skip(text, begin + 1, " \t\r\n\"'");
            int end = begin;
            while (end < text.length() && " \t\r\n,}\"'".indexOf(text.charAt(end)) < 0) {
                end++;
            }
            List<Integer> known = candidates.computeIfAbsent(text.substring(begin, end), _ -> new ArrayList<>(1));
            if (known.isEmpty() || known.getLast() != part) {
                known.add(part);
            }
        }
    }

    private static int skip(String text, int from, String characters) {
        int at = from;
        while (at < text.length() && characters.indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return at;
    }

    /// Null when no part contains the object.
    ManifestText.@Nullable Part find(ResourceKey key) {
        Integer part = found.get(key);
        if (part == null) {
            part = parse(candidates.getOrDefault(key.name(), List.of()), key);
        }
        if (part == null && parsed.cardinality() < parts.size()) {
            // The name is written in a form that the search does not recognise: with escapes, or as an alias.
            part = parse(IntStream.range(0, parts.size()).boxed().toList(), key);
        }
        return part == null ? null : parts.get(part);
    }

    /// How many parts have been parsed so far.
    int parsedParts() {
        return parsed.cardinality();
    }

    private @Nullable Integer parse(List<Integer> some, ResourceKey key) {
        for (int part : some) {
            if (!parsed.get(part)) {
                parsed.set(part);
                parse(part);
            }
            Integer found = this.found.get(key);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private void parse(int part) {
        if (parts.get(part).parse() instanceof YamlText.Result.Parsed(List<YamlText.Document> documents)) {
            for (YamlText.Document document : documents) {
                for (Json json : ManifestReader.objects(document.json())) {
                    ResourceKey key = json instanceof Json.Obj object ? ManifestReader.key(object) : null;
                    if (key != null) {
                        // Of two definitions the first one takes effect.
                        found.merge(key, part, Math::min);
                    }
                }
            }
        }
    }
}
