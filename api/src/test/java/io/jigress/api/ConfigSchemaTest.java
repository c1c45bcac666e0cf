package io.jigress.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigSchemaTest {

    @Test
    void theSchemaIsWhatTheCodeAsksFor() {
        assertThat(ConfigSchema.of(config -> {
            config.requiredText("name");
            config.text("word", "hello");
            config.bool("loud", false);
            config.integer("times", 3, 1, 9);
            config.choice("mode", 1, word -> word.equals("fast") ? (Integer) 0 : word.equals("slow") ? (Integer) 1 : null,
                    "fast or slow");
            config.duration("wait");
            config.texts("hosts");
            config.textMap("env");
            config.any("value");
            for (JsonReader rule : config.objects("rules")) {
                rule.requiredInteger("code", 100, 599);
                rule.object("fallback").text("body");
                rule.finish();
            }
            config.finishStrictly("it would not run");
        }, List.of()).toString()).isEqualTo("""
                {"type":"object","properties":{"name":{"type":"string"},"word":{"type":"string","default":"hello"},\
                "loud":{"type":"boolean","default":false},"times":{"type":"integer","minimum":1,"maximum":9,"default":3},\
                "mode":{"type":"string","enum":["fast","slow"],"default":"slow"},\
                "wait":{"type":"string","pattern":"^([0-9]+(h|m|s|ms))+$"},"hosts":{"type":"array","items":{"type":"string"}},\
                "env":{"type":"object","additionalProperties":{"type":"string"}},"value":{},\
                "rules":{"type":"array","items":{"type":"object","properties":{"code":{"type":"integer","minimum":100,"maximum":599},\
                "fallback":{"type":"object","properties":{"body":{"type":"string"}}}},"required":["code"]}}},\
                "required":["name"],"additionalProperties":false}""");
    }

    @Test
    void fieldsThatAreReadInSomeCasesOnlyAreFound() {
        Json.Obj schema = ConfigSchema.of(config -> {
            if (config.has("header")) {
                config.requiredText("header");
                config.objects("keys").forEach(key -> key.integer("limit", 1, 1, 10));
            }
            config.ignore("header", "keys");
            config.finish();
        }, List.of());

        assertThat(schema.toString()).contains("\"header\":{\"type\":\"string\"}", "\"limit\":{\"type\":\"integer\"")
                .doesNotContain("required");
    }

    @Test
    void aFieldThatAValidConfigurationLacksIsNotRequired() {
        Json.Obj schema = ConfigSchema.of(config -> {
            if (config.text("transport", "grpc").equals("grpc")) {
                config.requiredText("target");
            } else {
                config.requiredText("uri");
            }
        }, List.of(Json.object().put("transport", "http").put("uri", "http://a").build()));

        assertThat(schema.toString()).doesNotContain("required").contains("\"uri\"", "\"target\"");
    }

    @Test
    void readingIsTheSameWithoutASchema() {
        JsonReader reader = JsonReader.of("", Json.object().put("hosts", Json.Arr.EMPTY).put("wait", "5").build());
        assertThat(reader.objects("rules")).isEmpty();
        assertThat(reader.textMap("env")).isEmpty();
        assertThat(reader.duration("wait")).isNull();
        assertThat(reader.report()).singleElement().extracting(JsonReader.Issue::path).isEqualTo("wait");
    }
}
