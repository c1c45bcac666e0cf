package io.jigress.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.HeaderName;
import io.jigress.api.LocalReply;
import io.jigress.proxy.ProxySettings;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ErrorPageTest {
    private static final ErrorPage BUILT_IN = new ErrorPage(ProxySettings.ERROR_PAGE);
    private static final LocalReply NOT_FOUND = LocalReply.of(404, "no_route");
    private static final LocalReply LIMITED = LocalReply.error(429, "at most <5> a \"minute\"", "rate_limited");

    private static String body(ErrorPage page, LocalReply reply, String id, @Nullable String accept) {
        return Replies.body(page.whole(reply, id, accept)).toString(StandardCharsets.UTF_8);
    }

    private static String type(ErrorPage page, LocalReply reply, @Nullable String accept) {
        return page.whole(reply, "7", accept).headers().stream().filter(field -> field.getKey().equals(HeaderName.CONTENT_TYPE))
                .map(Map.Entry::getValue).reduce((a, b) -> a + ", " + b).orElse("");
    }

    @Test
    void byDefaultAnErrorIsText() {
        assertThat(body(BUILT_IN, NOT_FOUND, "7", null)).isEqualTo("404 Not Found\nrequest id: 7\n");
        assertThat(body(BUILT_IN, LIMITED, "7", "*/*"))
                .isEqualTo("429 Too Many Requests\nat most <5> a \"minute\"\nrequest id: 7\n");
        assertThat(type(BUILT_IN, LIMITED, null)).isEqualTo("text/plain; charset=utf-8");
    }

    @Test
    void aClientThatPrefersJsonGetsJson() {
        assertThat(body(BUILT_IN, NOT_FOUND, "7", "application/json"))
                .isEqualTo("{\"status\":404,\"error\":\"Not Found\",\"request_id\":\"7\"}\n");
        assertThat(body(new ErrorPage("<p>{id}"), LIMITED, "7", "application/json, text/plain, */*")).isEqualTo(
                "{\"status\":429,\"error\":\"Too Many Requests\",\"message\":\"at most <5> a \\\"minute\\\"\",\"request_id\":\"7\"}\n");
        assertThat(type(BUILT_IN, LIMITED, "application/json")).isEqualTo("application/json");
    }

    @Test
    void valuesAreEscapedForTheTypeOfThePage() {
        ErrorPage html = new ErrorPage("<h1>{status} {reason}</h1>\n{message}\n<p>{id}</p>{other}\n");
        assertThat(body(html, LIMITED, "<i>&'", null)).isEqualTo(
                "<h1>429 Too Many Requests</h1>\nat most &lt;5&gt; a &quot;minute&quot;\n<p>&lt;i&gt;&amp;&#39;</p>{other}\n");
        assertThat(body(html, NOT_FOUND, "7", null)).isEqualTo("<h1>404 Not Found</h1>\n<p>7</p>{other}\n");
        assertThat(type(html, NOT_FOUND, null)).isEqualTo("text/html; charset=utf-8");

        ErrorPage json = new ErrorPage("{ \"code\": {status}, \"why\": \"{message}\", \"id\": \"{id}\" }");
        assertThat(body(json, LIMITED, "a\"b", null))
                .isEqualTo("{ \"code\": 429, \"why\": \"at most <5> a \\\"minute\\\"\", \"id\": \"a\\\"b\" }");
        assertThat(type(json, LIMITED, "text/html")).isEqualTo("application/json");
    }

    @Test
    void aMessageThatIsAnObjectIsTheBody() {
        LocalReply own = LocalReply.error(429, "{\"code\": -1}", "rate_limited");

        assertThat(body(BUILT_IN, own, "7", "text/html")).isEqualTo("{\"code\": -1}");
        assertThat(type(BUILT_IN, own, "text/html")).isEqualTo("application/json");
    }

    @Test
    void otherRepliesStayAsTheyAre() {
        LocalReply text = LocalReply.text(403, "no", "denied");
        assertThat(BUILT_IN.whole(text, "7", "application/json")).isSameAs(text);

        LocalReply fields = LocalReply.error(403, List.of(Map.entry(HeaderName.VARY, "Origin")), "no", "denied");
        assertThat(BUILT_IN.whole(fields, "7", null).headers()).contains(Map.entry(HeaderName.VARY, "Origin"));
    }
}
