package io.jigress.sources.kubernetes;

import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import java.io.ByteArrayOutputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.json.JsonFactory;

/// Parses the API server's responses for one kind into [Resource]s, in one pass over the bytes and without trees.
///
/// Parts that the gateway does not read are left out: `status` (kept separately, for the writer of statuses), annotations of kinds that have none
/// with a meaning, which may have 256 KiB in each object, `managedFields` and other bookkeeping of the API server. So an object whose status alone has changed is equal to its last version. For one thread.
final class ObjectReader {
    /// The API server's own limit, and the list or event around an object.
    private static final int MAX_DEPTH = 10_000 + 8;
    /// More than etcd can store in one object.
    private static final int MAX_TEXT_BYTES = 16 << 20;
    /// Reads every object that the API server accepts: one that could not be read here would prevent the reading of all objects of its kind. The
    /// limits of the gateway apply when the object is parsed, so that it is a problem of that object.
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).maxNameLength(MAX_TEXT_BYTES)
                    .maxStringLength(MAX_TEXT_BYTES).maxNumberLength(MAX_TEXT_BYTES).build())
            .streamWriteConstraints(StreamWriteConstraints.builder().maxNestingDepth(MAX_DEPTH).build()).build();
    /// The number of names of namespaces that are kept for reuse.
    private static final int NAMESPACE_LIMIT = 10_000;
    private static final Set<String> BOOKKEEPING = Set.of("managedFields", "resourceVersion", "selfLink", "generateName",
            "finalizers",
            "ownerReferences");
    private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
    static final byte[] NO_STATUS = {};

    /// An object of the API server.
    ///
    /// @param status [#NO_STATUS] when it has none
    @SuppressWarnings("ArrayRecordComponent") // compared by the owner
    record Item(Resource resource, String resourceVersion, byte[] status) {}

    /// @param next the token of the next page; empty on the last one
    record Page(List<Item> items, String resourceVersion, String next) {}

    /// @param item null for a bookmark and an error
    /// @param code of an error, else 0
    record Event(String type, @Nullable Item item, String resourceVersion, int code, String message) {}

    private final WatchedKind kind;
    private final String place;
    /// One instance of each name.
    private final Map<String, String> namespaces = new HashMap<>();

    /// @param place the [Resource#source] of the objects
    ObjectReader(WatchedKind kind, String place) {
        this.kind = kind;
        this.place = place;
    }

    /// @throws IllegalArgumentException when the bytes are not a list of objects
    Page page(byte[] json, String version) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
            start(parser);
            List<Item> items = new ArrayList<>();
            String[] metadata = {"", ""};
            for (String name = parser.nextName(); name != null; name = parser.nextName()) {
                JsonToken token = parser.nextToken();
                if (name.equals("items") && token == JsonToken.START_ARRAY) {
                    while (parser.nextToken() == JsonToken.START_OBJECT) {
                        items.add(item(parser, version));
                    }
                } else if (name.equals("metadata") && token == JsonToken.START_OBJECT) {
                    for (String field = parser.nextName(); field != null; field = parser.nextName()) {
                        parser.nextToken();
                        switch (field) {
                            case "resourceVersion" -> metadata[0] = parser.getString();
                            case "continue" -> metadata[1] = parser.getString();
                            default -> parser.skipChildren();
                        }
                    }
                } else {
                    parser.skipChildren();
                }
            }
            return new Page(items, metadata[0], metadata[1]);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "the list of " + kind.resource() + " is not what was expected: " + e.getOriginalMessage(), e);
        }
    }

    /// One object, from the response to a write.
    Item object(byte[] json, String version) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
            start(parser);
            return item(parser, version);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "the answer about " + kind.resource() + " is not an object: " + e.getOriginalMessage(), e);
        }
    }

    /// One line of a watch.
    Event event(byte[] json, int offset, int length, String version) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json, offset, length)) {
            start(parser);
            String type = "";
            Event event = new Event("", null, "", 0, "");
            for (String name = parser.nextName(); name != null; name = parser.nextName()) {
                JsonToken token = parser.nextToken();
                if (name.equals("type")) {
                    type = parser.getString();
                } else if (name.equals("object") && token == JsonToken.START_OBJECT) {
                    event = type.equals("ERROR") || type.equals("BOOKMARK") ? other(parser) : of(item(parser, version));
                } else {
                    parser.skipChildren();
                }
            }
            return new Event(type, event.item, event.resourceVersion, event.code, event.message);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "an event about " + kind.resource() + " is not what was expected: " + e.getOriginalMessage(),
                    e);
        }
    }

    private static Event of(Item item) {
        return new Event("", item, item.resourceVersion, 0, "");
    }

    /// A Status, or an object of which only the version is used.
    private static Event other(JsonParser parser) {
        String version = "";
        int code = 0;
        String message = "";
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            JsonToken token = parser.nextToken();
            if (name.equals("metadata") && token == JsonToken.START_OBJECT) {
                for (String field = parser.nextName(); field != null; field = parser.nextName()) {
                    parser.nextToken();
                    if (field.equals("resourceVersion")) {
                        version = parser.getString();
                    } else {
                        parser.skipChildren();
                    }
                }
            } else if (name.equals("code") && token == JsonToken.VALUE_NUMBER_INT) {
                code = parser.getIntValue();
            } else if (name.equals("message") && token == JsonToken.VALUE_STRING) {
                message = parser.getString();
            } else {
                parser.skipChildren();
            }
        }
        return new Event("", null, version, code, message);
    }

    private static void start(JsonParser parser) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new IllegalArgumentException("an answer of the API server is not a JSON object");
        }
    }

    /// The metadata.
    private static final class Metadata {
        String name = "";
        String namespace = "";
        String resourceVersion = "";
        long created;
    }

    private Item item(JsonParser parser, String version) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
        Metadata metadata = new Metadata();
        byte[] status = NO_STATUS;
        try (JsonGenerator generator = FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
            generator.writeStartObject();
            generator.writeStringProperty("apiVersion", kind.apiVersion(version));
            generator.writeStringProperty("kind", kind.kind());
            for (String name = parser.nextName(); name != null; name = parser.nextName()) {
                JsonToken token = parser.nextToken();
                switch (name) {
                    case "apiVersion", "kind" -> parser.skipChildren();
                    case "status" -> {
                        if (kind.isReadWithStatus()) {
                            generator.writeName(name);
                            copy(parser, token, generator);
                        } else {
                            status = status(parser);
                        }
                    }
                    case "metadata" -> {
                        generator.writeName(name);
                        metadata(parser, generator, metadata);
                    }
                    default -> {
                        generator.writeName(name);
                        copy(parser, token, generator);
                    }
                }
            }
            generator.writeEndObject();
        }
        ResourceKey key = new ResourceKey(kind.group(), kind.kind(), metadata.namespace, metadata.name);
        return new Item(new Resource(key, version, metadata.created, place, out.toByteArray()), metadata.resourceVersion, status);
    }

    private byte[] status(JsonParser parser) {
        if (!kind.hasStatus()) {
            parser.skipChildren();
            return NO_STATUS;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        try (JsonGenerator generator = FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
            copy(parser, parser.currentToken(), generator);
        }
        return out.toByteArray();
    }

    private void metadata(JsonParser parser, JsonGenerator generator, Metadata metadata) {
        generator.writeStartObject();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            JsonToken token = parser.nextToken();
            switch (name) {
                case "name" -> metadata.name = parser.getString();
                case "namespace" -> metadata.namespace = shared(parser.getString());
                case "resourceVersion" -> metadata.resourceVersion = parser.getString();
                case "creationTimestamp" -> metadata.created = token == JsonToken.VALUE_STRING ? time(parser.getString()) : 0;
                default -> {}
            }
            if (BOOKKEEPING.contains(name)) {
                parser.skipChildren();
            } else if (name.equals("annotations") && token == JsonToken.START_OBJECT) {
                if (kind.isReadWithAnnotations()) {
                    generator.writeName(name);
                    annotations(parser, generator);
                } else {
                    parser.skipChildren();
                }
            } else {
                generator.writeName(name);
                copy(parser, token, generator);
            }
        }
        generator.writeEndObject();
    }

    private String shared(String namespace) {
        if (namespaces.size() >= NAMESPACE_LIMIT) {
            namespaces.clear();
        }
        return namespaces.computeIfAbsent(namespace, name -> name);
    }

    private static void annotations(JsonParser parser, JsonGenerator generator) {
        generator.writeStartObject();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            JsonToken token = parser.nextToken();
            if (!name.equals(LAST_APPLIED)) {
                generator.writeName(name);
                copy(parser, token, generator);
            }
        }
        generator.writeEndObject();
    }

    private static long time(String text) {
        try {
            return Instant.parse(text).toEpochMilli();
        } catch (DateTimeException | ArithmeticException _) {
            return 0;
        }
    }

    /// Copies a value; a number keeps its literal.
    private static void copy(JsonParser parser, JsonToken first, JsonGenerator generator) {
        int depth = 0;
        JsonToken token = first;
        while (true) {
            switch (token) {
                case START_OBJECT -> {
                    generator.writeStartObject();
                    depth++;
                }
                case START_ARRAY -> {
                    generator.writeStartArray();
                    depth++;
                }
                case END_OBJECT -> {
                    generator.writeEndObject();
                    depth--;
                }
                case END_ARRAY -> {
                    generator.writeEndArray();
                    depth--;
                }
                case PROPERTY_NAME -> generator.writeName(parser.currentName());
                case VALUE_STRING -> generator.writeString(parser.getString());
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> generator.writeNumber(parser.getString());
                case VALUE_TRUE -> generator.writeBoolean(true);
                case VALUE_FALSE -> generator.writeBoolean(false);
                case VALUE_NULL -> generator.writeNull();
                case NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
                    throw new IllegalStateException("token " + token + " (expected: a token of JSON text)");
            }
            if (depth == 0) {
                return;
            }
            token = parser.nextToken();
        }
    }
}
