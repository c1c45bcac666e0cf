package io.jigress.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonParserTest {
    private static JsonParser.Result parse(String text) {
        return JsonParser.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsEveryTypeAndWritesItBack() {
        String text = "{\"a\":[1,-2.50,1e400,true,false,null,\"x\\n\u00fc\"],\"b\":{},\"c\":[]}";
        assertThat(parse(text)).isInstanceOfSatisfying(JsonParser.Result.Parsed.class,
                p -> assertThat(p.json().toString()).isEqualTo(text));
    }

    @Test
    void aScalarIsADocument() {
        assertThat(parse(" 7 ")).isEqualTo(new JsonParser.Result.Parsed(new Json.Num("7")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"a\":}", "{\"a\":1,\"a\":2}", "[1,]", "{} {}", "nul", "{\"a\":1]", "'x'", "[1",
        "\"\u0001\""})
    void brokenTextIsAValue(String text) {
        assertThat(parse(text)).isInstanceOf(JsonParser.Result.Broken.class);
    }

    @Test
    void tooDeepNestingIsAValue() {
        assertThat(parse("[".repeat(100_000))).isInstanceOf(JsonParser.Result.Broken.class);
    }

    @Test
    void brokenBytesAreAValue() {
        assertThat(JsonParser.parse(new byte[] {'"', (byte) 0xc3, '"'})).isInstanceOf(JsonParser.Result.Broken.class);
    }

    @Test
    void theFaultHasAPlace() {
        assertThat(parse("{\n \"a\": ?}")).isInstanceOfSatisfying(JsonParser.Result.Broken.class,
                b -> assertThat(b.line()).isEqualTo(2));
    }
}
