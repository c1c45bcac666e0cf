package io.jigress.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonParserTest {
    private static final long SEED = 20;

    private static JsonParser.Parsed parse(String text) {
        return JsonParser.parse(text.getBytes(StandardCharsets.UTF_8), JsonLimits.DEFAULT);
    }

    private static Json json(String text) {
        return switch (parse(text)) {
            case JsonParser.Value value -> value.json();
            case JsonParser.Invalid invalid -> throw new AssertionError(invalid + " in " + text);
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "true", "0", "-0", "1.50", "-12345678901234567890.1e+5", "\"\"", "\"a中😀\"", "[]", "{}",
        "[1,[2,{\"a\":null}]]", "{\"a\":{\"b\":[]},\"c\":false}"})
    void textIsReadAsItIs(String text) {
        assertThat(json(text)).hasToString(text);
    }

    @Test
    void spaceAndEscapesAreUnderstood() {
        assertThat(json(" { \"a\" : [ 1 , 2 ] }\n")).hasToString("{\"a\":[1,2]}");
        assertThat(json("\"x\\\"\\\\\\/\\b\\f\\n\\r\\t\\u4e2d\\ud83d\\ude00é\""))
                .isEqualTo(Json.of("x\"\\/\b\f\n\r\t中😀é"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "`` | 0 | the text ends within a value", "`[1,]` | 3 | a value expected", "`[1 2]` | 3 | a comma or ] expected",
        "`{a:1}` | 1 | a name in quotes expected", "`{\"a\" 1}` | 5 | a colon expected", "`01` | 1 | more text after the value",
        "`1.` | 2 | the text ends within a value", "`-` | 1 | the text ends within a value", "`+1` | 0 | a value expected",
        "`tru` | 3 | the text ends within a value", "`\"a` | 2 | the text ends within a string",
        "`\"\\x\"` | 2 | an unknown escape in a string", "`\"\\u12g4\"` | 5 | four hexadecimal digits expected",
        "`{\"a\":1,\"a\":2}` | 7 | the name occurs twice in its object", "`NaN` | 0 | a value expected",
        "`1 1` | 2 | more text after the value"})
    void faultsHaveAPlace(String text, int offset, String what) {
        assertThat(parse(text)).isEqualTo(new JsonParser.Invalid(offset, what));
    }

    @Test
    void boundsHold() {
        JsonLimits limits = new JsonLimits(3, 5);
        assertThat(JsonParser.parse("[[[1]]]".getBytes(StandardCharsets.UTF_8), limits)).isInstanceOf(JsonParser.Value.class);
        assertThat(JsonParser.parse("[[[[1]]]]".getBytes(StandardCharsets.UTF_8), limits))
                .isEqualTo(new JsonParser.Invalid(3, "nested deeper than 3"));
        assertThat(JsonParser.parse("[1,2,3,4,5]".getBytes(StandardCharsets.UTF_8), limits))
                .isEqualTo(new JsonParser.Invalid(9, "more than 5 values"));
        assertThat(parse("9".repeat(1_001))).isInstanceOf(JsonParser.Invalid.class);
    }

    @Test
    void aStringThatIsNoUtf8IsRefused() {
        assertThat(JsonParser.parse(new byte[] {'"', (byte) 0xc3, '"'}, JsonLimits.DEFAULT))
                .isEqualTo(new JsonParser.Invalid(1, "a string that is not UTF-8"));
    }

    @Test
    void anyBytesHaveAVerdict() {
        Random random = new Random(SEED);
        byte[] alphabet = "{}[]\",:\\u0019.eE+-truefalsn \u00e9".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 100_000; i++) {
            byte[] text = new byte[random.nextInt(20)];
            for (int at = 0; at < text.length; at++) {
                text[at] = alphabet[random.nextInt(alphabet.length)];
            }
            if (JsonParser.parse(text, JsonLimits.DEFAULT) instanceof JsonParser.Value value) {
                assertThat(json(value.json().toString())).isEqualTo(value.json());
            }
        }
    }
}
