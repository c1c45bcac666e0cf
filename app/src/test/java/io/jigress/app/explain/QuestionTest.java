package io.jigress.app.explain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QuestionTest {

    private static Question good(String method, String url, String... headers) {
        Question.Read read = Question.read(method, url, List.of(headers));
        assertThat(read.fault()).isNull();
        return read.question();
    }

    @Test
    void aUrlIsTakenApart() {
        assertThat(good("get", "http://Shop.example:8080/cart?id=1&x=%20", "x-user: 7", "a:b:c"))
                .isEqualTo(new Question("GET", "http", "Shop.example:8080", "/cart?id=1&x=%20",
                        List.of(Map.entry("x-user", "7"), Map.entry("a", "b:c"))));
    }

    @Test
    void whatIsObviousMayBeLeftOut() {
        assertThat(good("GET", "shop.example")).isEqualTo(new Question("GET", "http", "shop.example", "/", List.of()));
        assertThat(good("GET", "localhost:8080/cart").authority()).isEqualTo("localhost:8080");
        assertThat(good("GET", "http://[::1]:80/").authority()).isEqualTo("[::1]:80");
    }

    @Test
    void whatCannotBeAskedIsSaid() {
        assertThat(Question.read("GET", "", List.of()).fault())
                .isEqualTo("the URL is \"\" (expected: such as http://shop.example/cart?id=1)");
        assertThat(Question.read("GET", "ftp://x/", List.of()).fault()).startsWith("the URL is");
        assertThat(Question.read("GET", "http://x/ y", List.of()).fault()).startsWith("the URL is");
        assertThat(Question.read("G T", "http://x/", List.of()).fault()).startsWith("the method is \"G T\"");
        assertThat(Question.read("GET", "http://x/", List.of("x-user")).fault())
                .isEqualTo("the header is \"x-user\" (expected: name: value)");
    }
}
