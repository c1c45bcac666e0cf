package io.jigress.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcceptFieldTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "null", value = {"null | false", "'' | false", "*/* | false", "text/html | false",
        "application/json | true", "Application/JSON;charset=utf-8 | true", "application/problem+json | true",
        "application/json, text/plain, */* | true", "text/html, application/json;q=0.9 | false",
        "text/html;q=0.5, application/json;q=0.9 | true", "text/*;q=0.8, application/json;q=0.9, */* | true",
        "application/json;q=0 | false", "application/json;q=x | false", "*/*, application/json;q=0.1 | false",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8 | false", ";;,, json | false"})
    void jsonMustBeNamedAndLikedNoLess(String accept, boolean json) {
        assertThat(AcceptField.prefersJson(accept, "text/html")).isEqualTo(json);
    }
}
