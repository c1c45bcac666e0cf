package io.jigress.sources.manifest;

import io.jigress.api.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/// Parses YAML 1.2 into [Json] trees: core schema, anchors and aliases, merge keys. Names of members are strings; duplicate names are errors.
///
/// Nesting is limited to [#DEPTH_LIMIT], and the expansion of aliases to [#ALIAS_LIMIT] characters per text, so that a small text cannot
/// become a large tree.
final class YamlText {
    static final int DEPTH_LIMIT = 200;
    static final long ALIAS_LIMIT = 4 << 20;

    /// The parser copies the scalar read so far whenever it refills its buffer: with a small buffer a scalar of 16 MiB takes minutes.
    private static final int LARGE_BUFFER = 1 << 20;
    private static final int SMALL_BUFFER = 1024;
    private static final int LARGE_TEXT = 64 << 10;

    // Marks take a third of the parsing time, and only errors and the locator need them.
    private static final LoadSettings FAST = settings(false, SMALL_BUFFER);
    private static final LoadSettings MARKED = settings(true, SMALL_BUFFER);
    private static final LoadSettings LARGE_FAST = settings(false, LARGE_BUFFER);
    private static final LoadSettings LARGE_MARKED = settings(true, LARGE_BUFFER);

    /// The result of parsing a text.
    sealed interface Result {
        /// @param documents those that are not empty
        record Parsed(List<Document> documents) implements Result {}

        record Broken(Position at, String what) implements Result {}
    }

    /// @param at its beginning; known only when parsed with marks
    record Document(Json json, Position at) {}

    private record Anchored(Json json, long weight) {}

    @SuppressWarnings("serial") // never leaves this class
    private static final class Fault extends RuntimeException {
        final transient Optional<Mark> mark;

        Fault(String what, Event at) {
            super(what, null, false, false);
            mark = at.getStartMark();
        }
    }

    private final ParserImpl parser;
    private final int lineOffset;
    private final @Nullable Marks marks;
    private final Map<Anchor, Anchored> anchors = new HashMap<>();
    /// Characters of all scalars so far, and one for each node.
    private long weight;
    private long aliasWeight;
    private int depth;

    private YamlText(String text, int lineOffset, @Nullable Marks marks, LoadSettings settings) {
        this.parser = new ParserImpl(settings, new StreamReader(settings, text));
        this.lineOffset = lineOffset;
        this.marks = marks;
    }

    /// @param lineOffset the number of lines before this text in its file
    static Result parse(String text, int lineOffset) {
        try {
            return new Result.Parsed(
                    new YamlText(text, lineOffset, null, text.length() < LARGE_TEXT ? FAST : LARGE_FAST).documents());
        } catch (Fault | YamlEngineException _) {
            return parse(text, lineOffset, new Marks());
        }
    }

    /// The same, slower, with the positions of all parts.
    static Result parse(String text, int lineOffset, Marks marks) {
        try {
            return new Result.Parsed(
                    new YamlText(text, lineOffset, marks, text.length() < LARGE_TEXT ? MARKED : LARGE_MARKED).documents());
        } catch (Fault e) {
            return new Result.Broken(position(e.mark, lineOffset), String.valueOf(e.getMessage()));
        } catch (MarkedYamlEngineException e) {
            return new Result.Broken(position(e.getProblemMark(), lineOffset), problem(e) + context(e, lineOffset));
        } catch (YamlEngineException e) {
            return new Result.Broken(new Position(lineOffset + 1, 1),
                    String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        }
    }

    /// The parser's message, except for the most common error, for which the parser's message uses terms of its grammar.
    private static String problem(MarkedYamlEngineException e) {
        return e.getProblem().startsWith("expected <block end>")
                ? "has an indentation that fits no enclosing block"
                : e.getProblem();
    }

    /// ` (while parsing a block mapping at line 5, column 1)`
    private static String context(MarkedYamlEngineException e, int lineOffset) {
        String context = e.getContext();
        if (context == null || context.isEmpty()) {
            return "";
        }
        return " (" + context + e.getContextMark().map(mark -> " at " + position(mark, lineOffset)).orElse("") + ")";
    }

    private static LoadSettings settings(boolean marks, int bufferSize) {
        return LoadSettings.builder().setUseMarks(marks).setBufferSize(bufferSize).setCodePointLimit(Integer.MAX_VALUE).build();
    }

    private static Position position(Optional<Mark> mark, int lineOffset) {
        return mark.map(m -> position(m, lineOffset)).orElse(new Position(lineOffset + 1, 1));
    }

    private static Position position(Mark mark, int lineOffset) {
        return new Position(lineOffset + mark.getLine() + 1, mark.getColumn() + 1);
    }

    private Position position(Event event) {
        return position(event.getStartMark(), lineOffset);
    }

    private List<Document> documents() {
        List<Document> documents = new ArrayList<>();
        while (parser.hasNext()) {
            if (parser.next().getEventId() == Event.ID.DocumentStart) {
                anchors.clear();
                Event root = parser.next();
                Json json = node(root);
                if (json != Json.Null.NULL) {
                    documents.add(new Document(json, position(root)));
                }
            }
        }
        return documents;
    }

    private Json node(Event event) {
        if (event instanceof AliasEvent alias) {
            return aliased(alias);
        }
        long before = weight++;
        Json json = switch (event) {
            case ScalarEvent scalar -> scalar(scalar);
            case MappingStartEvent mapping -> mapping(mapping);
            case SequenceStartEvent sequence -> sequence(sequence);
            default -> throw new IllegalStateException("event " + event + " (expected: the start of a node)");
        };
        if (event instanceof NodeEvent node && node.getAnchor().isPresent()) {
            anchors.put(node.getAnchor().get(), new Anchored(json, weight - before));
        }
        return json;
    }

    private Json aliased(AliasEvent alias) {
        Anchored anchored = anchors.get(alias.getAlias());
        if (anchored == null) {
            throw new Fault("the alias *" + alias.getAlias() + " stands for nothing above it", alias);
        }
        weight += anchored.weight;
        aliasWeight += anchored.weight;
        if (aliasWeight > ALIAS_LIMIT) {
            throw new Fault("aliases add more than " + ALIAS_LIMIT + " characters", alias);
        }
        return anchored.json;
    }

    private Json scalar(ScalarEvent scalar) {
        String value = scalar.getValue();
        weight += value.length();
        String tag = scalar.getTag().orElse(null);
        if (tag == null || (tag.equals("!") && scalar.isPlain())) {
            Json json = scalar.isPlain() && tag == null ? YamlScalar.plain(value) : new Json.Str(value);
            if (json == null) {
                throw new Fault("the number " + value + " cannot be written as JSON", scalar);
            }
            return json;
        }
        return switch (tag) {
            case "!", "tag:yaml.org,2002:str" -> new Json.Str(value);
            case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null" -> {
                Json json = YamlScalar.plain(value);
                if (json == null || json instanceof Json.Str) {
                    throw new Fault("\"" + value + "\" is not what its tag says: " + tag, scalar);
                }
                yield json;
            }
            default -> throw new Fault("the tag " + tag + " is not known", scalar);
        };
    }

    private Json mapping(MappingStartEvent start) {
        enter(start, start.getTag(), "tag:yaml.org,2002:map");
        Map<String, Json> members = new LinkedHashMap<>();
        Map<String, Position> positions = marks == null ? Map.of() : new HashMap<>();
        List<Json.Obj> merges = List.of();
        for (Event key = parser.next(); key.getEventId() != Event.ID.MappingEnd; key = parser.next()) {
            if (key instanceof ScalarEvent scalar && scalar.isPlain() && scalar.getValue().equals("<<")
                    && scalar.getTag().isEmpty()) {
                merges = merged(node(parser.next()), key);
                continue;
            }
            String name = name(key);
            if (members.containsKey(name)) {
                throw new Fault("the key \"" + name + "\" occurs twice", key);
            }
            members.put(name, node(parser.next()));
            if (marks != null) {
                positions.put(name, position(key));
            }
        }
        // As defined for the merge key (https://yaml.org/type/merge.html): own keys win, then earlier maps.
        merges.forEach(from -> from.members().forEach(members::putIfAbsent));
        depth--;
        Json.Obj object = new Json.Obj(members);
        if (marks != null) {
            marks.put(object, positions);
        }
        return object;
    }

    private String name(Event key) {
        weight++;
        Json name = key instanceof AliasEvent alias ? aliased(alias)
                : key instanceof ScalarEvent scalar ? new Json.Str(scalar.getValue()) : null;
        if (!(name instanceof Json.Str text)) {
            throw new Fault("a key is a map or a list (expected: a string)", key);
        }
        weight += text.value().length();
        if (key instanceof NodeEvent node && !(key instanceof AliasEvent)) {
            node.getAnchor().ifPresent(anchor -> anchors.put(anchor, new Anchored(text, text.value().length() + 1)));
        }
        return text.value();
    }

    private static List<Json.Obj> merged(Json value, Event key) {
        List<Json> maps = value instanceof Json.Arr array ? array.items() : List.of(value);
        List<Json.Obj> objects = new ArrayList<>();
        for (Json map : maps) {
            if (!(map instanceof Json.Obj object)) {
                throw new Fault("<< merges a value of type " + map.typeName() + " (expected: a map or a list of maps)", key);
            }
            objects.add(object);
        }
        return objects;
    }

    private Json sequence(SequenceStartEvent start) {
        enter(start, start.getTag(), "tag:yaml.org,2002:seq");
        List<Json> items = new ArrayList<>();
        List<Position> positions = new ArrayList<>();
        for (Event item = parser.next(); item.getEventId() != Event.ID.SequenceEnd; item = parser.next()) {
            items.add(node(item));
            if (marks != null) {
                positions.add(position(item));
            }
        }
        depth--;
        Json.Arr array = new Json.Arr(items);
        if (marks != null) {
            marks.put(array, positions);
        }
        return array;
    }

    private void enter(Event start, Optional<String> tag, String known) {
        if (tag.isPresent() && !tag.get().equals(known) && !tag.get().equals("!")) {
            throw new Fault("the tag " + tag.get() + " is not known", start);
        }
        if (++depth > DEPTH_LIMIT) {
            throw new Fault("is nested deeper than " + DEPTH_LIMIT + " levels", start);
        }
    }
}
