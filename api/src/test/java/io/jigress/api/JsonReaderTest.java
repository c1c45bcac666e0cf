package io.jigress.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonReaderTest {

    @Test
    void aRequiredFieldUnderAnotherNameIsOneFault() {
        JsonReader reader = JsonReader.of("spec", Json.object().put("server", "a:1").build());
        reader.any("servers");
        reader.error("servers", "is missing, so that the object is not used", "a list");
        reader.finish();
        assertThat(reader.report()).containsExactly(new JsonReader.Issue("spec.server",
                "is not a known field, so that the object is not used; did you mean \"servers\"?", "one of servers", true));
    }

    @Test
    void aRequiredFieldUnderAnotherNameIsOneFaultOfAStrictObject() {
        JsonReader reader = JsonReader.of("spec", Json.object().put("interfaceName", "a").build());
        reader.requiredText("name");
        reader.finishStrictly("nothing is called");
        assertThat(reader.report()).containsExactly(new JsonReader.Issue("spec.interfaceName",
                "is not a known field, so that nothing is called; did you mean \"name\"?", "one of name", true));
    }

    @Test
    void aMissingFieldIsReportedBesideAnUnknownOneOfAnotherName() {
        JsonReader reader = JsonReader.of("spec", Json.object().put("colour", "red").build());
        reader.requiredText("name");
        reader.finish(Map.of());
        assertThat(reader.report()).extracting(JsonReader.Issue::path).containsExactly("spec.name", "spec.colour");
    }

    @Test
    void aChoiceOfAnotherTypeNamesTheWords() {
        JsonReader reader = JsonReader.of("spec", Json.object().put("fallback", true).build());
        assertThat(reader.choice("fallback", "none", word -> word.equals("all") ? word : null, "all or none")).isEqualTo("none");
        assertThat(reader.report()).containsExactly(
                new JsonReader.Issue("spec.fallback", "is of type boolean: true", "all or none", true));
    }
}
