package io.jigress.plugins.lua;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.Json;
import io.jigress.api.LocalReply;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ReplyBody;
import io.jigress.plugins.Quarantine;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.HeaderList;
import io.jigress.testkit.TestCall;
import io.jigress.testkit.TestExchange;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LuaEnvoyTest {

    static String body(LocalReply reply) {
        return reply.body() instanceof ReplyBody.Whole(byte[] bytes)
                ? new String(bytes, StandardCharsets.UTF_8)
                : String.valueOf(reply
                        .message());
    }

    @Test
    void readsAndSetsHeadersOfBothDirections() {
        FilterTester tester = LuaTester.start("""
                function envoy_on_request(handle)
                  local headers = handle:headers()
                  headers:add("x-copy", headers:get("x-user") .. headers:get(":method") .. headers:get(":path"))
                  headers:replace("x-user", "replaced")
                  headers:remove("x-gone")
                  headers:replace(":path", "/other?b=1")
                  headers:replace(":authority", "other.example")
                  headers:add("x-n", headers:getNumValues("x-many") .. headers:getAtIndex("x-many", 1) .. headers:get("x-many"))
                  local names = {}
                  for key, value in pairs(headers) do names[#names + 1] = key end
                  table.sort(names)
                  headers:add("x-names", table.concat(names, " "))
                  assert(headers:get("none") == nil)
                end
                function envoy_on_response(handle)
                  handle:headers():replace(":status", "404")
                  handle:headers():add("x-status", handle:headers():get(":status"))
                end
                """);
        TestExchange exchange = tester.exchange("GET", "/a", "host: h", "X-User: 7", "x-gone: 1", "x-many: a", "x-many: b");
        assertThat(exchange.requestHead()).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(exchange.requestHeaders().all("x-copy")).containsExactly("7GET/a");
        assertThat(exchange.requestHeaders().all("x-user")).containsExactly("replaced");
        assertThat(exchange.requestHeaders().all("x-gone")).isEmpty();
        assertThat(exchange.requestHeaders().all("x-n")).containsExactly("2ba,b");
        assertThat(exchange.requestHeaders().all("x-names"))
                .containsExactly(":authority :method :path :scheme x-copy x-many x-many x-n x-user");
        assertThat(exchange.request().target()).isEqualTo("/other?b=1");
        assertThat(exchange.request().authority()).isEqualTo("other.example");
        exchange.respond(200);
        assertThat(exchange.responseHeaders().all("x-status")).containsExactly("404");
        assertThat(exchange.response().status()).isEqualTo(404);
        exchange.complete();
    }

    @Test
    void waitsForACallWithoutHoldingAThread() {
        FilterTester tester = LuaTester.start("""
                function envoy_on_request(handle)
                  local ok, headers, body = pcall(handle.httpCall, handle, "auth",
                    {[":method"] = "POST", [":path"] = "/check", [":authority"] = "auth.example", ["x-a"] = {"1", "2"}}, "payload", 500)
                  handle:headers():add("x-auth", headers[":status"] .. body .. headers["x-token"])
                end
                """);
        TestExchange exchange = tester.exchange("GET", "/");
        assertThat(exchange.requestHead()).isInstanceOf(FilterDecision.Wait.class);
        TestCall call = tester.services().callers().next();
        assertThat(call.cluster()).isEqualTo("cluster-auth");
        assertThat(call.request().method() + call.request().target() + call.request().authority())
                .isEqualTo("POST/checkauth.example");
        assertThat(call.requestBody()).isEqualTo("payload");
        assertThat(call.limits().deadline()).isEqualTo(Duration.ofMillis(500));
        call.respond(200, "yes", "X-Token: t");
        assertThat(exchange.awaitResumed()).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(exchange.requestHeaders().all("x-auth")).containsExactly("200yest");
    }

    @Test
    void callsThatFailHaveEnvoysStatuses() {
        FilterTester tester = LuaTester.start("""
                function envoy_on_request(handle)
                  local headers, body = handle:httpCall("auth", {[":method"] = "GET", [":path"] = "/", [":authority"] = "a"}, nil, 10)
                  handle:respond({[":status"] = headers[":status"]}, body)
                end
                """);
        TestExchange exchange = tester.exchange("GET", "/");
        exchange.requestHead();
        tester.services().callers().next().fail(ProxyFailure.Kind.CONNECT_FAILED);
        assertThat(exchange.awaitResumed()).isInstanceOfSatisfying(FilterDecision.Reply.class, reply -> {
            assertThat(reply.reply().status()).isEqualTo(503);
            assertThat(body(reply.reply())).isEqualTo("upstream failure");
        });
    }

    @Test
    void unknownBackendsAreErrorsWithTheirLine() {
        FilterTester tester = LuaTester.start("""
                function envoy_on_request(handle)
                  local ok, message = pcall(function()
                    handle:httpCall("nowhere", {[":method"] = "GET", [":path"] = "/", [":authority"] = "a"}, "", 5)
                  end)
                  handle:respond({[":status"] = 200}, message)
                end
                """);
        assertThat(body(tester.exchange("GET", "/").reply()))
                .isEqualTo("script:3: the plugin has no backend \"nowhere\" (expected: a name under backends: auth)");
    }

    @Test
    void repliesAtOnce() {
        FilterTester tester = LuaTester.start("""
                function envoy_on_request(handle)
                  if handle:headers():get("x-key") ~= "secret" then
                    handle:respond({[":status"] = "403", ["content-type"] = "text/plain", ["set-cookie"] = {"a=1", "b=2"}}, "no")
                    error("never reached")
                  end
                end
                """);
        LocalReply reply = tester.exchange("GET", "/").reply();
        assertThat(reply.status()).isEqualTo(403);
        assertThat(body(reply)).isEqualTo("no");
        assertThat(reply.headers()).hasSize(3);
        assertThat(tester.exchange("GET", "/", "x-key: secret").requestHead()).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(tester.services().counted("errors")).isZero();
    }

    @Test
    void readsAndReplacesAWholeBody() {
        FilterTester tester = LuaTester.start("""
                function envoy_on_request(handle)
                  local body = handle:body()
                  local text = body:getBytes(0, body:length())
                  handle:headers():add("x-length", body:length())
                  body:setBytes(text:upper())
                end
                """);
        TestExchange exchange = tester.exchange("POST", "/", "content-length: 6");
        assertThat(exchange.requestHead()).isEqualTo(FilterDecision.HOLD_HEAD);
        assertThat(exchange.requestBody("abc", false).decision()).isEqualTo(FilterDecision.HOLD_HEAD);
        TestExchange.BodyResult last = exchange.requestBody("abcdef", true);
        assertThat(last.decision()).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(last.data()).isEqualTo("ABCDEF");
        assertThat(exchange.requestHeaders().all("x-length")).containsExactly("6");
        // A request without a body: body() is nil.
        assertThat(tester.exchange("GET", "/").requestHead()).isInstanceOf(FilterDecision.Reply.class);
    }

    @Test
    void seesChunksAndTrailersAsTheyPass() {
        FilterTester tester = LuaTester.start("""
                function envoy_on_response(handle)
                  local size, last = 0, nil
                  for chunk in handle:bodyChunks() do
                    size = size + chunk:length()
                    chunk:setBytes("[" .. chunk:getBytes(0, chunk:length()) .. "]")
                  end
                  local ok, message = pcall(function() handle:headers():add("x", "y") end)
                  local trailers = handle:trailers()
                  trailers:add("x-size", tostring(size))
                  trailers:add("x-message", message)
                end
                """);
        TestExchange exchange = tester.exchange("GET", "/");
        assertThat(exchange.requestHead()).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(exchange.respond(200)).isEqualTo(FilterDecision.CONTINUE);
        assertThat(exchange.responseBody("abc", false).data()).isEqualTo("[abc]");
        assertThat(exchange.responseBody("de", false).data()).isEqualTo("[de]");
        assertThat(exchange.responseBody("", true).decision()).isEqualTo(FilterDecision.CONTINUE);
        HeaderList trailers = HeaderList.of("x-t: 1");
        assertThat(exchange.responseTrailers(trailers)).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(trailers.all("x-size")).containsExactly("5");
        assertThat(trailers.all("x-message")).containsExactly("script:7: header map can no longer be modified");
    }

    @Test
    void tellsAboutTheStream() {
        FilterTester tester = LuaTester.start("""
                function envoy_on_request(handle)
                  local info = handle:streamInfo()
                  local parts = {info:protocol(), info:routeName(), info:downstreamDirectRemoteAddress(), info:downstreamLocalAddress(),
                    tostring(handle:connection():ssl()), handle:metadata():get("greeting"), handle:filterContext().list[2],
                    handle:base64Escape("hello"), handle:timestamp(), handle:timestampString()}
                  info:dynamicMetadata():set("lua", "key", {nested = "value"})
                  handle:headers():add("x-info", table.concat(parts, "|"))
                  handle:logInfo("line")
                end
                function envoy_on_response(handle)
                  handle:headers():add("x-meta", handle:streamInfo():dynamicMetadata():get("lua")["key"].nested)
                end
                """,
                config -> config.put("config",
                        Json.object().put("greeting", "hi").put("list", Json.array(java.util.List.of(Json.of(1),
                                Json.of(2)))).build()));
        TestExchange exchange = tester.exchange("GET", "/");
        exchange.requestHead();
        assertThat(exchange.requestHeaders().all("x-info"))
                .containsExactly("HTTP/1.1|HTTPRoute default/test rule 0|192.0.2.1:40000|"
                        + "192.0.2.254:80|nil|hi|2|aGVsbG8=|1767225600000|1767225600000");
        exchange.respond(200);
        assertThat(exchange.responseHeaders().all("x-meta")).containsExactly("value");
    }

    @Test
    void aFailureGetsTheFailMode() {
        String script = """
                function envoy_on_request(handle)
                  local user = nil
                  handle:headers():add("x", user.name)
                end
                """;
        FilterTester closed = LuaTester.start(script);
        LocalReply reply = closed.exchange("GET", "/").reply();
        assertThat(reply.status()).isEqualTo(500);
        assertThat(reply.reason()).isEqualTo("lua_error");
        assertThat(closed.services().counted("errors")).isEqualTo(1);
        FilterTester open = LuaTester.start(script, config -> config.put("failStrategy", "FAIL_OPEN"));
        assertThat(open.exchange("GET", "/").requestHead()).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(open.services().counted("skipped")).isEqualTo(1);
    }

    @Test
    void repeatedFailuresLeadToQuarantine() {
        FilterTester tester = LuaTester.start("""
                count = 0
                function envoy_on_request(handle)
                  count = count + 1
                  if handle:headers():get("x-bad") then error("bad") end
                  handle:headers():add("x-count", count)
                end
                """);
        for (int i = 0; i < Quarantine.FAILURES; i++) {
            TestExchange bad = tester.exchange("GET", "/", "x-bad: 1");
            assertThat(bad.reply().status()).isEqualTo(500);
            bad.complete();
        }
        assertThat(tester.exchange("GET", "/").reply().reason()).isEqualTo("lua_quarantined");
        tester.advance(Duration.ofSeconds(1));
        TestExchange retry = tester.exchange("GET", "/");
        assertThat(retry.requestHead()).isEqualTo(FilterDecision.SKIP_BODY);
        // A fresh state.
        assertThat(retry.requestHeaders().all("x-count")).containsExactly("1");
        retry.complete();
        assertThat(tester.services().counted("quarantines")).isEqualTo(1);
    }

    @Test
    void objectsOfOneRequestAreOfNoUseInAnother() {
        FilterTester tester = LuaTester.start("""
                function envoy_on_request(handle)
                  if kept then
                    local ok, message = pcall(kept.headers, kept)
                    local ok2, message2 = pcall(headers.get, headers, "x")
                    handle:respond({[":status"] = 200}, message .. "|" .. message2)
                  end
                  kept, headers = handle, handle:headers()
                end
                """);
        tester.exchange("GET", "/").requestHead();
        assertThat(body(tester.exchange("GET", "/").reply())).contains("object used outside of proper scope");
    }

    @Test
    void problemsOfScriptsAreReportedWithTheConfiguration() {
        LuaFactory factory = LuaFactory.withThreadClock();
        assertThat(FilterTester.issues(factory, "{'script': 'x = = 1'}").getFirst().what())
                .isEqualTo("script:1: unexpected symbol near '='");
        assertThat(FilterTester.issues(factory, "{'script': 'local a\\nlocal b = a.c', 'source': 'ConfigMap default/x'}")
                .getFirst().what())
                .isEqualTo("ConfigMap default/x:2: attempt to index local 'a' (a nil value)");
        assertThat(FilterTester.issues(factory, "{'script': 'a = 1', 'limts': {}}").getFirst().what()).contains("limits");
        assertThat(FilterTester.issues(factory, "{'script': 'while true do end', 'limits': {'instructions': 10000}}").getFirst()
                .what())
                .contains("limits.instructions");
        assertThat(FilterTester.issues(factory, "{'script': 'a = 1', 'limits': {'memory': '1x'}}").getFirst().expected())
                .contains("16Mi");
    }

    @Test
    void choosesTheEndpoint() {
        FilterTester tester = LuaTester.start("""
                function envoy_on_request(handle)
                  local fine, why = pcall(function() handle:setUpstreamOverrideHost("cart:80") end)
                  handle:headers():add("x-fine", tostring(fine) .. " " .. why)
                  handle:setUpstreamOverrideHost("10.0.0.1:80", handle:headers():get("x-strict") ~= nil)
                end
                """);
        TestExchange plain = tester.exchange("GET", "/");
        plain.requestHead();
        assertThat(plain.overriddenEndpoint()).isEqualTo("10.0.0.1:80");
        assertThat(plain.requestHeaders().all("x-fine").getFirst()).startsWith("false ")
                .endsWith("host is not an IP address with a port");
        TestExchange strict = tester.exchange("GET", "/", "x-strict: 1");
        strict.requestHead();
        assertThat(strict.overriddenEndpoint()).isEqualTo("10.0.0.1:80 strict");
    }
}
