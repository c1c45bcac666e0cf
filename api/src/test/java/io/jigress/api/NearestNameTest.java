package io.jigress.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {
    private static final List<String> FIELDS = List.of("hostnames", "matches", "weight", "targetRefs", "sectionName", "port",
            "name");

    @ParameterizedTest
    @CsvSource({"host, hostnames", "hosts, hostnames", "hostname, hostnames", "match, matches", "wieght, weight",
        "targetRef, targetRefs",
        "section_name, sectionName", "Name, name", "prot, port", "refs, targetRefs"})
    void findsTheNameThatWasMeant(String written, String meant) {
        assertThat(NearestName.of(written, FIELDS)).contains(meant);
    }

    @Test
    void aKnownNameWithMoreInFrontIsNearerThanAnotherOfItsLength() {
        assertThat(NearestName.of("baseEjectionTime", List.of("maxEjectionTime", "ejectionTime"))).contains("ejectionTime");
        assertThat(NearestName.of("retries", List.of("timeouts", "retry"))).contains("retry");
    }

    @Test
    void theLastWordOfANameCounts() {
        assertThat(NearestName.of("serviceName", List.of("registry", "name"))).contains("name");
    }

    @Test
    void ofTwoThatAreEquallyNearTheOneWithTheSameBeginningCounts() {
        assertThat(NearestName.of("query_per_sec", List.of("query_per_day", "query_per_second"))).contains("query_per_second");
    }

    @Test
    void aNameThatIsFarFromAllOthersHasNone() {
        assertThat(NearestName.of("colour", FIELDS)).isEmpty();
        assertThat(NearestName.of("x", FIELDS)).isEmpty();
        assertThat(NearestName.of("weight", List.of())).isEmpty();
    }

    @Test
    void theHintIsPartOfASentence() {
        assertThat(NearestName.hint("onne", List.of("one", "two"))).isEqualTo("; did you mean \"one\"?");
        assertThat(NearestName.hint("three", List.of("one", "two"))).isEmpty();
    }
}
