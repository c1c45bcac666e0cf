package io.jigress.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LiteralPrefixTest {

    @ParameterizedTest
    @CsvSource(delimiter = ' ', quoteCharacter = '"', value = {
        "/a/b /a/b",
        "^/a/.* /a/",
        "/a+b /a",
        "/ab*c /a",
        "/ab?c /a",
        "/ab{0,2} /a",
        "/v[0-9]+ /v",
        "/(a|b)/c /",
        "/a|/b \"\"",
        "/x(a)|/b \"\"",
        "/x[|]y /x",
        "/x[]|]y /x",
        "/x[^]|]y|z \"\"",
        "/x[[:alpha:]|]y /x",
        "/x\\|y /x|y",
        "/a\\.b\\-c /a.b-c",
        "/a\\.*b /a",
        "/a\\d /a",
        "/a\\Q*\\E \"\"",
        "(?i)/a \"\"",
        "/a(?i)* \"\"",
        "/a/(?:b|c)/d /a/",
        "/a$ /a",
        "/ä /",
        "^* \"\"",
        "\\ \"\""})
    void isWhatEveryMatchBeginsWith(String expression, String prefix) {
        assertThat(LiteralPrefix.of(expression)).isEqualTo(prefix);
    }

    @Test
    @Tag("suite")
    void noMatchBeginsOtherwise() {
        Random random = new Random(7);
        List<String> parts = List.of("/", "a", "b", "ab", "*", "+", "?", "{0}", "{1,2}", "|", "(", ")", "(?:", "[a", "]", "[^",
                "\\.", "\\|", "\\[", ".", "^",
                "$", "(?i)");
        int matched = 0;
        for (int round = 0; round < 200_000; round++) {
            StringBuilder expression = new StringBuilder();
            for (int i = random.nextInt(6); i >= 0; i--) {
                expression.append(parts.get(random.nextInt(parts.size())));
            }
            Pattern pattern;
            try {
                pattern = Pattern.compile(expression.toString());
            } catch (PatternSyntaxException _) {
                continue;
            }
            String prefix = LiteralPrefix.of(expression.toString());
            for (String text : List.of("", "/", "a", "A", "b", "/a", "/b", "/ab", "a/", "b/a", "aab", "ba", ".", "|", "/|", "a[",
                    "/aa")) {
                if (pattern.matches(text)) {
                    matched++;
                    assertThat(text).as("a match of %s", expression).startsWith(prefix);
                }
            }
        }
        assertThat(matched).isGreaterThan(10_000);
    }
}
