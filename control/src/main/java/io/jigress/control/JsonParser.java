package io.jigress.control;

import io.jigress.api.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/// Parses JSON text into a [Json] tree. Names of members are shared between trees; numbers keep their literal. Nesting deeper than
/// Jackson's limit (500 levels) and duplicate members are errors. For several threads.
public final class JsonParser {
    private static final JsonFactory FACTORY = JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private JsonParser() {}

    /// The result of parsing a text.
    public sealed interface Result {
        record Parsed(Json json) implements Result {}

        /// @param line of the fault, from 1
        /// @param column of the fault in that line, from 1
        record Broken(String what, int line, int column) implements Result {}
    }

    /// Parses one value; anything but white space after it is an error.
    public static Result parse(byte[] utf8) {
        try (var parser = FACTORY.createParser(ObjectReadContext.empty(), utf8)) {
            if (parser.nextToken() == null) {
                return new Result.Broken("is empty", 1, 1);
            }
            Json json = value(parser);
            if (parser.nextToken() != null) {
                TokenStreamLocation at = parser.currentTokenLocation();
                return new Result.Broken("has more text after the end of its value", at.getLineNr(), at.getColumnNr());
            }
            return new Result.Parsed(json);
        } catch (JacksonException e) {
            return broken(e);
        }
    }

    private static Result.Broken broken(JacksonException e) {
        TokenStreamLocation at = e.getLocation();
        return new Result.Broken(e.getOriginalMessage(), at == null ? 1 : at.getLineNr(), at == null ? 1 : at.getColumnNr());
    }

    private static Json value(tools.jackson.core.JsonParser parser) {
        JsonToken token = parser.currentToken();
        return switch (token) {
            case START_OBJECT -> {
                Map<String, Json> members = new LinkedHashMap<>();
                for (String name = parser.nextName(); name != null; name = parser.nextName()) {
                    parser.nextToken();
                    members.put(name, value(parser));
                }
                yield new Json.Obj(members);
            }
            case START_ARRAY -> {
                List<Json> items = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    items.add(value(parser));
                }
                yield new Json.Arr(items);
            }
            case VALUE_STRING -> new Json.Str(parser.getString());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Json.Num(parser.getString());
            case VALUE_TRUE -> new Json.Bool(true);
            case VALUE_FALSE -> new Json.Bool(false);
            case VALUE_NULL -> Json.Null.NULL;
            case NOT_AVAILABLE, END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT ->
                throw new IllegalStateException("token " + token + " (expected: the start of a value)");
        };
    }
}
