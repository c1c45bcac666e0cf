package io.jigress.plugins.lua;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.Json;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Runs the scripts of docs/plugins-lua.md.
class LuaGuideTest {

    /// The script of the page in which a text occurs.
    private static String script(String text) throws IOException {
        String page = Files.readString(Path.of("../docs/plugins-lua.md"));
        Matcher blocks = Pattern.compile("(?s)```(lua|yaml)\n(.*?)```").matcher(page);
        while (blocks.find()) {
            String block = blocks.group(2);
            if (block.contains(text) && blocks.group(1).equals("lua")) {
                return block;
            }
            if (block.contains(text) && block.contains("script: |\n")) {
                return block.substring(block.indexOf("script: |\n") + 10).lines()
                        .map(line -> line.isEmpty() ? line : line.substring(4))
                        .collect(Collectors.joining("\n"));
            }
        }
        throw new AssertionError("no script with " + text);
    }

    @Test
    void theGreetingOfTheFirstTenMinutes() throws IOException {
        FilterTester tester = LuaTester.start(script("x-greeting"),
                config -> config.put("config", Json.object().put("greeting", "hello").build()));
        TestExchange known = tester.exchange("GET", "/", "x-user: ann");
        assertThat(known.requestHead()).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(known.requestHeaders().all("x-greeting")).containsExactly("hello ann");
        known.respond(200, "server: x");
        assertThat(known.responseHeaders().all("server")).isEmpty();
        assertThat(tester.exchange("GET", "/").reply().status()).isEqualTo(401);
    }

    @Test
    void aCallInEnvoysForm() throws IOException {
        FilterTester tester = LuaTester.start(script("handle:httpCall"));
        tester.services().callers().script("cluster-auth", call -> call.respond(
                "secret".equals(call.request().headers().first(io.jigress.api.HeaderName.of("authorization"))) ? 200 : 401, "no",
                "x-account: 7"));
        TestExchange known = tester.exchange("GET", "/", "authorization: secret");
        known.requestHead();
        assertThat(known.awaitResumed()).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(known.requestHeaders().all("x-account")).containsExactly("7");
        TestExchange unknown = tester.exchange("GET", "/", "authorization: wrong");
        unknown.requestHead();
        assertThat(unknown.awaitResumed()).isInstanceOf(FilterDecision.Reply.class);
    }

    @Test
    void bodiesInEnvoysForm() throws IOException {
        TestExchange response = LuaTester.start(script("internal%.example")).exchange("GET", "/");
        response.requestHead();
        assertThat(response.respond(200, "content-length: 30")).isEqualTo(FilterDecision.HOLD_HEAD);
        assertThat(response.responseBody("http://internal.example/cart", true).data()).isEqualTo("http://shop.example/cart");
        TestExchange request = LuaTester.start(script("bodyChunks")).exchange("POST", "/", "content-length: 4");
        assertThat(request.requestHead()).isEqualTo(FilterDecision.CONTINUE);
        assertThat(request.requestBody("ab", false).data()).isEqualTo("ab");
        assertThat(request.requestBody("cd", true).data()).isEqualTo("cd");
    }

    @Test
    void blocksOfOpenResty() throws IOException {
        FilterTester tester = LuaTester.start(script("ngx.shared.hits"),
                config -> config.put("shared", Json.object().put("hits", "1Mi").build()));
        assertThat(tester.exchange("GET", "/").reply().status()).isEqualTo(401);
        TestExchange known = tester.exchange("GET", "/", "x-key: k");
        assertThat(known.requestHead()).isEqualTo(FilterDecision.SKIP_BODY);
        known.respond(200);
        assertThat(known.responseHeaders().all("x-key-hash")).isEqualTo(List.of("8ce4b16b22b58894aa86c421e8759df3"));
        for (int i = 0; i < 99; i++) {
            tester.exchange("GET", "/", "x-key: k").requestHead();
        }
        assertThat(tester.exchange("GET", "/", "x-key: k").reply().status()).isEqualTo(429);
    }

    @Test
    void aCallInOpenRestysForm() throws IOException {
        FilterTester tester = LuaTester.start(script("resty.http"));
        tester.services().callers().script("cluster-auth",
                call -> call.respond(200, "{\"token\": \"for " + call.requestBody().length() + "\"}"));
        TestExchange exchange = tester.exchange("GET", "/");
        exchange.requestHead();
        assertThat(exchange.awaitResumed()).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(exchange.requestHeaders().all("x-token")).containsExactly("for 20");
    }
}
