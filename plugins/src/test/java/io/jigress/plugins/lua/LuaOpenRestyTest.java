package io.jigress.plugins.lua;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.Json;
import io.jigress.api.LocalReply;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestCall;
import io.jigress.testkit.TestExchange;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LuaOpenRestyTest {

    @Test
    void blocksRunInTheirPhases() {
        FilterTester tester = LuaTester.start("""
                # as in nginx.conf
                init_by_lua_block {
                    greeting = "hello"
                }
                rewrite_by_lua_block {
                    ngx.ctx.user = ngx.var.arg_user or "nobody"
                    ngx.req.set_header("X-Greeting", greeting .. " " .. ngx.ctx.user)
                    ngx.req.set_uri("/new path")
                    leaked = true
                }
                access_by_lua_block {
                    if leaked then error("globals of one block are visible in another") end
                    -- a brace in a comment: }
                    local text = "a brace in a string: }"
                    if ngx.req.get_headers()["x_forbidden"] then
                        ngx.status = 403
                        ngx.header.content_type = "text/plain"
                        ngx.say("go away, ", ngx.ctx.user, " ", 1, " ", {"l", {"i", "st"}}, " ", nil, true)
                        return ngx.exit(ngx.HTTP_FORBIDDEN)
                    end
                    ngx.header["X-Early"] = "set before the response"
                }
                header_filter_by_lua_block {
                    ngx.header.x_phase = ngx.get_phase() .. ngx.status
                    ngx.header["x-gone"] = nil
                }
                body_filter_by_lua_block {
                    ngx.arg[1] = ngx.arg[1]:upper()
                    if ngx.arg[2] then ngx.arg[1] = ngx.arg[1] .. "!" end
                }
                log_by_lua_block {
                    ngx.log(ngx.INFO, "status ", ngx.status, " ", ngx.ctx.user)
                }
                """);
        TestExchange exchange = tester.exchange("GET", "/a?user=ann", "host: h");
        assertThat(exchange.requestHead()).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(exchange.requestHeaders().all("x-greeting")).containsExactly("hello ann");
        assertThat(exchange.request().target()).isEqualTo("/new%20path?user=ann");
        exchange.respond(200, "x-gone: 1");
        assertThat(exchange.responseHeaders().all("x-phase")).containsExactly("header_filter200");
        assertThat(exchange.responseHeaders().all("x-early")).containsExactly("set before the response");
        assertThat(exchange.responseHeaders().all("x-gone")).isEmpty();
        assertThat(exchange.responseBody("ab", false).data()).isEqualTo("AB");
        assertThat(exchange.responseBody("c", true).data()).isEqualTo("C!");
        exchange.complete();
        assertThat(tester.services().counted("errors")).isZero();
        LocalReply reply = tester.exchange("GET", "/", "X-Forbidden: 1").reply();
        assertThat(reply.status()).isEqualTo(403);
        assertThat(LuaEnvoyTest.body(reply)).isEqualTo("go away, nobody 1 list niltrue\n");
    }

    @Test
    void waitsForCallsBodiesAndTimers() {
        FilterTester tester = LuaTester.start("""
                access_by_lua_block {
                    ngx.req.read_body()
                    local cjson = require "cjson"
                    local data = cjson.decode(ngx.req.get_body_data())
                    local http = require("resty.http").new()
                    http:set_timeout(250)
                    local res, err = http:request_uri("http://auth/check?x=1", {
                        method = "POST", body = cjson.encode({name = data.name}), headers = {["Content-Type"] = "application/json"}})
                    if not res then return ngx.exit(502) end
                    ngx.sleep(0.01)
                    ngx.req.set_body_data(res.body)
                    ngx.req.set_header("x-status", res.status .. res.headers["X-Seen"])
                }
                """);
        TestExchange exchange = tester.exchange("POST", "/", "content-length: 14");
        assertThat(exchange.requestHead()).isEqualTo(FilterDecision.HOLD_HEAD);
        assertThat(exchange.requestBody("{\"name\":\"b\\u00e9\"}", true).decision()).isInstanceOf(FilterDecision.Wait.class);
        TestCall call = tester.services().callers().next();
        assertThat(call.request().target()).isEqualTo("/check?x=1");
        assertThat(call.requestBody()).isEqualTo("{\"name\":\"bé\"}");
        call.respond(201, "new body", "x-seen: yes");
        assertThat(exchange.awaitResumedBody().decision()).isInstanceOf(FilterDecision.Wait.class);
    }

    @Test
    void contentRepliesItself() {
        FilterTester tester = LuaTester.start("""
                content_by_lua_block {
                    ngx.status = ngx.HTTP_CREATED
                    ngx.header["X-A"] = {"1", "2"}
                    ngx.print(ngx.var.request_method, " ", ngx.var.uri, " ", ngx.md5("a"), " ", ngx.encode_base64("b"), " ",
                        ngx.escape_uri("c d"), " ", ngx.unescape_uri("e%20f"), " ", ngx.encode_args({g = "h i"}), " ",
                        ngx.re.match("hello 123", [[(\\d+)]])[1], " ", (ngx.re.gsub("a b", "[a-z]", "<$0>")), " ",
                        ngx.crc32_short("x"), " ", ngx.time(), " ", ngx.http_time(0))
                }
                """);
        LocalReply reply = tester.exchange("GET", "/p%20q?x=1").reply();
        assertThat(reply.status()).isEqualTo(201);
        assertThat(reply.headers()).hasSize(2);
        assertThat(LuaEnvoyTest.body(reply))
                .isEqualTo("GET /p q 0cc175b9c0f1b6a831c399e269772661 Yg== c%20d e f g=h%20i 123 <a> <b> "
                        + "2363233923 1767225600 Thu, 01 Jan 1970 00:00:00 GMT");
    }

    @Test
    void dictionariesAreSharedBetweenLoopsAndBounded() {
        FilterTester tester = LuaTester.start("""
                access_by_lua_block {
                    local hits = ngx.shared.hits:incr("n", 1, 0)
                    ngx.shared.hits:set("k" .. hits, ("x"):rep(1000))
                    ngx.req.set_header("x-hits", hits)
                    ngx.req.set_header("x-keys", #ngx.shared.hits:get_keys(0))
                    local ok, err = ngx.shared.hits:safe_add("n", 1)
                    ngx.req.set_header("x-err", tostring(ok) .. tostring(err))
                }
                """, config -> config.put("shared", Json.object().put("hits", "4Ki").build()));
        FilterTester other = tester.anotherLoop();
        TestExchange last = null;
        for (int i = 0; i < 10; i++) {
            last = (i % 2 == 0 ? tester : other).exchange("GET", "/");
            assertThat(last.requestHead()).isEqualTo(FilterDecision.SKIP_BODY);
        }
        assertThat(last.requestHeaders().all("x-hits")).containsExactly("10");
        assertThat(last.requestHeaders().all("x-keys")).containsExactly("4");
        assertThat(last.requestHeaders().all("x-err")).containsExactly("nilexists");
    }

    @Test
    void timersRunWithoutARequest() {
        FilterTester tester = LuaTester.start("""
                init_worker_by_lua_block {
                    runs = 0
                    ngx.timer.every(1, function(premature, by) runs = runs + by end, 2)
                }
                access_by_lua_block {
                    ngx.req.set_header("x-runs", runs)
                    ngx.timer.at(0, function() ngx.req.get_method() end)
                }
                """);
        tester.advance(Duration.ofSeconds(3));
        TestExchange exchange = tester.exchange("GET", "/");
        exchange.requestHead();
        assertThat(exchange.requestHeaders().all("x-runs")).containsExactly("6");
        tester.advance(Duration.ofMillis(1));
        assertThat(tester.services().counted("errors")).isEqualTo(1);
        tester.close();
        assertThat(tester.services().pendingTimers()).isZero();
    }

    @Test
    void blocksThatCannotWaitSaySo() {
        FilterTester tester = LuaTester.start("""
                header_filter_by_lua_block {
                    local ok, err = pcall(ngx.sleep, 1)
                    ngx.header["x-error"] = err
                }
                """);
        TestExchange exchange = tester.exchange("GET", "/");
        exchange.requestHead();
        exchange.respond(200);
        assertThat(exchange.responseHeaders().all("x-error").getFirst())
                .contains("header_filter_by_lua_block, which cannot wait");
    }
}
