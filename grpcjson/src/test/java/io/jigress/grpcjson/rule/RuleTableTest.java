package io.jigress.grpcjson.rule;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.grpcjson.Protosets;
import io.jigress.grpcjson.descriptor.HttpRule;
import io.jigress.grpcjson.descriptor.Method;
import io.jigress.grpcjson.descriptor.Schema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which rule a path chooses, and what its variables are.
class RuleTableTest {
    private final Schema schema = Protosets.schema("shop");

    /// One method per rule, named by its number; each rule is `METHOD path`.
    private RuleTable table(String... rules) {
        Method any = Objects.requireNonNull(schema.services().get("shop.Books")).getFirst();
        List<Method> methods = new ArrayList<>();
        for (int i = 0; i < rules.length; i++) {
            String[] words = rules[i].split(" ", 2);
            methods.add(new Method("s", "m" + i, any.input(), any.output(), false, false,
                    List.of(new HttpRule(words[0], words[1], "", ""))));
        }
        return RuleTable.of(methods, false);
    }

    private static String show(RuleTable.Match match) {
        return switch (match) {
            case RuleTable.Match.Found(Binding binding, List<String> values) -> binding.method().name() + values;
            case RuleTable.Match.OtherMethod(String allowed) -> "allowed " + allowed;
            case RuleTable.Match.None _ -> "none";
        };
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET  | /v1/a                    | m0[]
            GET  | /v1/b                    | m1[b]
            GET  | /v1/a%2fb                | m1[a/b]
            GET  | /v1/x/y/z                | m2[x/y/z]
            GET  | /v1/x/y%2Fz              | m2[x/y%2Fz]
            GET  | /v1/shelves/1/books/2    | m3[shelves/1/books/2]
            GET  | /v1/shelves/1/books/2:go | m3[shelves/1/books/2:go]
            POST | /v1/shelves/1/books/2:go | m4[shelves/1/books/2]
            POST | /v1/shelves/1/books/2    | allowed GET
            POST | /v1/q:r:go               | m5[q:r]
            ANY  | /any/1                   | m6[1]
            GET  | /v2                      | none
            GET  | /                        | m7[]
            GET  | /v1/                     | m2[]
            GET  | *                        | none
            POST | /v1/a                    | allowed GET
            GET  | /v1/a:go                 | m8[]
            POST | /v1/a:go                 | m5[a]
            GET  | /v1/%61                  | m0[]
            GET  | /v1/b:go                 | m1[b:go]
            PUT  | /some/thing              | m9[]
            """)
    void literalsWinOverOneSegmentAndThatOverSeveral(String method, String path, String expected) {
        RuleTable table = table("GET /v1/a", "GET /v1/{name}", "GET /v1/{name=**}", "GET /v1/{name=shelves/*/books/*}",
                "POST /v1/{name=shelves/*/books/*}:go", "POST /v1/{name}:go", "* /any/{name}", "GET /", "GET /v1/a:go",
                "* /some/thing");
        assertThat(table.problems()).isEmpty();
        assertThat(show(table.match(method, path))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "/v1/{name", "/v1/{}", "/v1/{name=}", "/v1/**/a", "/v1//a", "/v1/{name=a/{fields}}", "/v1:",
        "/v1/{unknown}", "/v1/{fields.paths}", "/v1/a*b"})
    void aTemplateThatIsNotValidIsAProblem(String path) {
        assertThat(table("GET " + path).problems()).hasSize(1);
    }

    @Test
    void theSecondRuleOfAPathIsAProblem() {
        assertThat(table("GET /v1/{name}", "GET /v1/*").problems()).singleElement()
                .satisfies(problem -> assertThat(problem.what()).contains("the same path as s.m0"));
    }

    @Test
    void theRulesOfADefinitionAreRead() {
        List<Method> methods = Objects.requireNonNull(schema.services().get("shop.Books"));
        assertThat(methods.getFirst().rules()).containsExactly(
                new HttpRule("GET", "/v1/{name=shelves/*/books/*}", "", ""), new HttpRule("GET", "/v1/books/{name}", "", ""));
        assertThat(methods.stream().flatMap(method -> method.rules().stream())).contains(
                new HttpRule("GET", "/v1/{parent=shelves/*}/titles", "", "books"),
                new HttpRule("PURGE", "/v1/books/{name}", "", ""), new HttpRule("POST", "/v1/books", "*", ""));
        assertThat(RuleTable.of(methods, false).problems()).isEmpty();
    }

    @Test
    void manyTemplatesThatBeginAlikeAreFoundWithoutMuchWork() {
        String[] rules = new String[256];
        Arrays.setAll(rules, i -> "GET /" + String.join("/", Integer.toBinaryString(256 + i).substring(1)
                .replace('0', '*').replace('1', 'a').split("")) + "/end" + i);
        RuleTable table = table(rules);
        assertThat(table.problems()).isEmpty();
        assertThat(show(table.match("GET", "/a/a/a/a/a/a/a/a/none"))).isEqualTo("none");
        assertThat(show(table.match("GET", "/a/a/a/a/a/a/a/a/end0"))).isEqualTo("m0[]");
    }
}
