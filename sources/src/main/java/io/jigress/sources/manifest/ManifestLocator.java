package io.jigress.sources.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jigress.api.Json;
import io.jigress.control.ResourceKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Finds the line of an object or of one of its fields by reading its text again, so that the configuration need not hold positions. Of a file
/// only the parts that can contain the object are parsed, each once. The last text and the positions in its last part are cached, since
/// problems are sorted by file and object. For several threads.
public final class ManifestLocator {
    private static final long TEXT_LIMIT = 16L << 20;
    /// Positions take many times the memory of the text: in a longer part an object's place is where the part begins.
    private static final int PART_LIMIT = 4 << 20;

    private record Located(Json.Obj object, Position at) {}

    private record Read(String source, Object version, PartIndex parts) {}

    /// Where the texts are.
    public interface Texts {
        /// A value that differs, by `equals`, between two versions of a text; null when there is no such text.
        @Nullable Object version(String source) throws IOException;

        byte[] read(String source) throws IOException;
    }

    /// A part with its positions.
    private record Marked(ManifestText.Part part, Marks marks, Map<ResourceKey, Located> objects) {}

    private final Texts texts;
    /// Guarded by this.
    private @Nullable Read last;
    /// Guarded by this.
    private @Nullable Marked marked;

    public ManifestLocator(Texts texts) {
        this.texts = texts;
    }

    /// Texts that are files of a folder.
    public ManifestLocator(Path folder) {
        this(new Files(folder.toAbsolutePath().normalize()));
    }

    private record Files(Path folder) implements Texts {

        @Override
        public @Nullable Object version(String source) throws IOException {
            Path file = folder.resolve(source).normalize();
            return file.startsWith(folder) ? java.nio.file.Files.getLastModifiedTime(file) : null;
        }

        @Override
        public byte[] read(String source) throws IOException {
            Path file = folder.resolve(source).normalize();
            return java.nio.file.Files.size(file) > TEXT_LIMIT ? new byte[0] : java.nio.file.Files.readAllBytes(file);
        }
    }

    /// @param source the object's file, as in [io.jigress.control.Resource#source]
    /// @param path a field: `spec.rules[0].matches[1].path.value`; empty for the object
    /// @return the position of the field, or of the nearest enclosing element that exists; empty when the text cannot be read or
    /// no longer contains the object
    public synchronized Optional<Position> locate(String source, ResourceKey key, String path) {
        try {
            Read read = last;
            Object version = texts.version(source);
            if (version == null) {
                return Optional.empty();
            }
            if (read == null || !read.source.equals(source) || !read.version.equals(version)) {
                read = new Read(source, version,
                        new PartIndex(ManifestText.of(source, new String(texts.read(source), UTF_8)).parts()));
                last = read;
            }
            ManifestText.Part part = read.parts.find(key);
            return part == null ? Optional.empty() : Optional.of(locate(part, key, path));
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private Position locate(ManifestText.Part part, ResourceKey key, String path) {
        Position begin = new Position(part.lineOffset() + 1, 1);
        if (part.text().length() > PART_LIMIT) {
            return begin;
        }
        Marked known = marked;
        if (known == null || known.part != part) {
            known = mark(part);
            marked = known;
        }
        Located located = known.objects.get(key);
        return located == null ? begin : walk(known.marks, located, path);
    }

    private static Marked mark(ManifestText.Part part) {
        Marks marks = new Marks();
        Map<ResourceKey, Located> objects = new HashMap<>();
        if (part.parse(marks) instanceof YamlText.Result.Parsed(List<YamlText.Document> documents)) {
            documents.forEach(document -> collect(document.json(), document.at(), marks, objects));
        }
        return new Marked(part, marks, objects);
    }

    private static void collect(Json json, Position at, Marks marks, Map<ResourceKey, Located> objects) {
        if (!(json instanceof Json.Obj object)) {
            return;
        }
        List<Json> inner = ManifestReader.objects(object);
        if (inner.size() == 1 && inner.getFirst() == object) {
            ResourceKey key = ManifestReader.key(object);
            if (key != null) {
                objects.putIfAbsent(key, new Located(object, at));
            }
        } else if (object.members().get("items") instanceof Json.Arr items) {
            boolean plain = inner.size() == items.items().size();
            for (int i = 0; i < items.items().size(); i++) {
                Position position = marks.item(items, i);
                Json item = items.items().get(i);
                Position there = position == null ? at : position;
                // An item of a typed list is copied to add its kind; the members of the copy are the same objects.
                if (plain && inner.get(i) instanceof Json.Obj typed && typed != item && item instanceof Json.Obj bare) {
                    marks.copy(bare, typed);
                    collect(typed, there, marks, objects);
                } else {
                    collect(item, there, marks, objects);
                }
            }
        }
    }

    private static Position walk(Marks marks, Located located, String path) {
        Position found = located.at;
        Json at = located.object;
        String rest = path;
        while (!rest.isEmpty()) {
            Step step = switch (at) {
                case Json.Obj object -> member(marks, object, rest);
                case Json.Arr array -> item(marks, array, rest);
                case Json.Str _,Json.Num _,Json.Bool _,Json.Null _ -> null;
            };
            if (step == null) {
                return found;
            }
            found = step.position == null ? found : step.position;
            at = step.json;
            rest = step.rest;
        }
        return found;
    }

    private record Step(Json json, @Nullable Position position, String rest) {}

    /// Names may contain dots, as in annotations: the longest name that is a prefix of the path is used.
    private static @Nullable Step member(Marks marks, Json.Obj object, String path) {
        String best = null;
        for (String name : object.members().keySet()) {
            if (path.startsWith(name) && (best == null || name.length() > best.length())
                    && (path.length() == name.length() || path.charAt(name.length()) == '.'
                            || path.charAt(name.length()) == '[')) {
                best = name;
            }
        }
        Json value = best == null ? null : object.members().get(best);
        return best == null || value == null ? null : new Step(value, marks.member(object, best), behind(path, best.length()));
    }

    private static @Nullable Step item(Marks marks, Json.Arr array, String path) {
        int close = path.indexOf(']');
        if (path.charAt(0) != '[' || close < 2 || close > 9
                || !path.substring(1, close).chars().allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        int index = Integer.parseInt(path.substring(1, close));
        return index >= array.items().size()
                ? null
                : new Step(array.items().get(index), marks.item(array, index), behind(path, close + 1));
    }

    private static String behind(String path, int at) {
        return at < path.length() && path.charAt(at) == '.' ? path.substring(at + 1) : path.substring(at);
    }
}
