package io.jigress.plugins.lua;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.LocalReply;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What the manual of OpenResty's module for Lua says about its functions.
class LuaOpenRestyManualTest {
    /// What is done, and what `ngx.say` then writes.
    private static final String SAID = """
            ngx.say(ngx.null, " ", nil, " ", true) => null nil true
            ngx.say(ngx.unescape_uri("try %search%%20%again%")) => try %search% %again%
            ngx.say(ngx.escape_uri("a b/c?d=é#"), " ", ngx.escape_uri("a b/c?d=é#", 0)) => a%20b%2Fc%3Fd%3D%C3%A9%23 a%20b/c%3Fd=%C3%A9%23
            ngx.say(ngx.md5(nil), ngx.escape_uri(nil), ngx.encode_base64(nil)) => d41d8cd98f00b204e9800998ecf8427e
            local m = ngx.re.match("hello, 1234", "([0-9])(?<rest>[0-9]+)") ngx.say(m[0], " ", m[1], " ", m.rest) => 1234 1 234
            local m = ngx.re.match("hello, world", "(world)|(hello)|(?<named>howdy)") ngx.say(m[1], m[2], m[3]) => falsehellofalse
            local c = {pos = 2} local m = ngx.re.match("1234, hello", "[0-9]+", "", c) ngx.say(m[0], " ", c.pos) => 234 5
            local c = {pos = 3} local m = ngx.re.match("ab12", "[0-9]+", "a", c) ngx.say(m[0], " ", c.pos) => 12 5
            local c = {pos = 2} ngx.say(ngx.re.match("ab12", "[0-9]+", "a", c), " ", c.pos) => nil 2
            ngx.say((ngx.re.gsub("aab a", "a", "-", "a"))) => --b a
            local n = 0 for m in ngx.re.gmatch("aab a", "a", "a") do n = n + 1 end ngx.say(n) => 2
            local m, err = ngx.re.match("a", "(") ngx.say(m, " ", err) => nil failed to compile "(": missing closing )
            local from, to, err = ngx.re.find("a", "[") ngx.say(from, to, err ~= nil) => nilniltrue
            local text, n, err = ngx.re.gsub("a", "*", "") ngx.say(text, n, err ~= nil) => nilniltrue
            ngx.say(pcall(ngx.re.match, "a", "(?=a)")) => false
            ngx.say(ngx.re.sub("hello, 1234", "([0-9])[0-9]", "[$0][$1]")) => hello, [12][1]341
            ngx.header.x_a = nil ngx.say(ngx.header.x_a == nil) => true
            ngx.header["X-A"] = {"1", "2"} ngx.say(#ngx.header.x_a) => 2
            ngx.say(ngx.var.time_iso8601, " ", ngx.var.remote_user, " ", #ngx.var.binary_remote_addr) => 2026-01-01T00:00:00+00:00 ann 4
            ngx.say(ngx.var.http_x_name, " ", ngx.req.get_headers()["x-name"], " ", #ngx.var.http_x_name) => é é 2
            ngx.say(ngx.var.cookie_a, " ", #ngx.var.uri) => é 3
            ngx.say((ngx.req.raw_header():match("x%-name: ([^\\r]*)"))) => é
            """;

    static Stream<String> said() {
        return SAID.lines();
    }

    /// The fields have UTF-8, as they arrive: a character is a byte.
    private static TestExchange exchange(FilterTester tester) {
        return tester.exchange("GET", "/a%ff", "host: h", "authorization: Basic YW5uOnNlY3JldA==", "x-name: \u00c3\u00a9",
                "cookie: a=\u00c3\u00a9");
    }

    @ParameterizedTest
    @MethodSource
    void said(String line) {
        int arrow = line.lastIndexOf(" => ");
        FilterTester tester = LuaTester.start("content_by_lua_block {\n" + line.substring(0, arrow) + "\n}");
        assertThat(LuaEnvoyTest.body(exchange(tester).reply())).startsWith(line.substring(arrow + 4));
    }

    @Test
    void theStatusThatWasSetBeforeOutputStaysWhateverExitSays() {
        FilterTester tester = LuaTester.start("""
                access_by_lua_block {
                    ngx.status = ngx.HTTP_GONE
                    ngx.say("This is our own content")
                    -- to cause quit the whole request rather than the current phase handler
                    ngx.exit(ngx.HTTP_OK)
                }
                """);
        LocalReply reply = exchange(tester).reply();
        assertThat(reply.status()).isEqualTo(410);
        assertThat(LuaEnvoyTest.body(reply)).isEqualTo("This is our own content\n");
    }

    @Test
    void exitWithOkEndsItsBlockOnly() {
        TestExchange exchange = exchange(LuaTester.start("""
                rewrite_by_lua_block { ngx.req.set_header("x-a", "1") ngx.exit(ngx.OK) ngx.req.set_header("x-b", "1") }
                access_by_lua_block { ngx.req.set_header("x-c", "1") }
                """));
        assertThat(exchange.requestHead()).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(exchange.requestHeaders().all("x-a")).containsExactly("1");
        assertThat(exchange.requestHeaders().all("x-b")).isEmpty();
        assertThat(exchange.requestHeaders().all("x-c")).containsExactly("1");
    }

    @Test
    void controlCharactersInFieldsAreEscapedAndCannotSplitAMessage() {
        FilterTester tester = LuaTester.start("""
                access_by_lua_block {
                    local text = "a\\r\\nset-cookie: b=1\\0\\t\\127é"
                    ngx.req.set_header("x-up", text)
                    if ngx.var.arg_to then return ngx.redirect("/new\\r\\nx-b: 1") end
                    ngx.header["X-Early"] = {text, true, 1}
                    ngx.resp.add_header("set-cookie", "c=1\\n")
                }
                header_filter_by_lua_block {
                    ngx.header["X-Late"] = "\\n"
                }
                """);
        TestExchange exchange = exchange(tester);
        assertThat(exchange.requestHead()).isEqualTo(FilterDecision.SKIP_BODY);
        String escaped = "a%0D%0Aset-cookie: b=1%00\t%7F\u00c3\u00a9";
        assertThat(exchange.requestHeaders().all("x-up")).containsExactly(escaped);
        exchange.respond(200, "set-cookie: upstream=1", "x-early: 0");
        assertThat(exchange.responseHeaders().all("x-early")).containsExactly(escaped, "true", "1");
        assertThat(exchange.responseHeaders().all("set-cookie")).containsExactly("upstream=1", "c=1%0A");
        assertThat(exchange.responseHeaders().all("x-late")).containsExactly("%0A");
        LocalReply reply = tester.exchange("GET", "/?to=1").reply();
        assertThat(reply.headers()).extracting(Map.Entry::getValue).containsExactly("/new%0D%0Ax-b: 1");
        assertThat(tester.services().counted("errors")).isZero();
    }

    @Test
    void aWrongNameOfAFieldIsAnErrorWhereItIsSet() {
        FilterTester tester = LuaTester.start("""
                access_by_lua_block {
                    local ok, err = pcall(function() ngx.header["a b"] = "1" end)
                    ngx.req.set_header("x-err", tostring(ok) .. err)
                }
                """);
        TestExchange exchange = exchange(tester);
        assertThat(exchange.requestHead()).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(exchange.requestHeaders().all("x-err").getFirst()).startsWith("falsescript:2: ").contains("a b");
        exchange.respond(200);
    }

    @Test
    void aClientIsConnectedAndSendsRequests() {
        FilterTester tester = LuaTester.start("""
                access_by_lua_block {
                    local http = require("resty.http").new()
                    http:set_timeouts(100, 100, 100)
                    local none, why = http:request({path = "/early"})
                    http:connect("auth", 8080)
                    local res = http:request({path = "/check", query = {a = "b c"}})
                    ngx.req.set_header("x-is", tostring(none) .. why .. " " .. res.status .. res:read_body() .. http:get_reused_times())
                    http:set_keepalive(10000, 10)
                }
                """);
        tester.services().callers().script("cluster-auth", call -> call.respond(200, call.request().target()));
        TestExchange exchange = exchange(tester);
        exchange.requestHead();
        assertThat(exchange.awaitResumed()).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(exchange.requestHeaders().all("x-is")).containsExactly("nilnot connected 200/check?a=b%20c0");
    }

    @Test
    void theVariablesOfTheManualAreThere() throws IOException {
        String page = Files.readString(Path.of("../docs/plugins-lua.md"));
        String names = Pattern.compile("`(\\w+)`").matcher(page.substring(page.indexOf("`arg_NAME`"))).results()
                .map(name -> name.group(1).replace("sent_http_NAME", "sent_http_x_r").replace("http_NAME", "http_x_name")
                        .replace("NAME", "a"))
                .collect(Collectors.joining(" "));
        assertThat(names.split(" ")).hasSizeGreaterThan(40);
        TestExchange exchange = LuaTester.start("""
                header_filter_by_lua_block {
                    local missing = {}
                    for name in ("%s"):gmatch("%%S+") do
                        if ngx.var[name] == nil then missing[#missing + 1] = name end
                    end
                    ngx.header["X-Missing"] = table.concat(missing, " ")
                }
                """.formatted(names)).exchange("GET", "/?a=1", "host: h", "authorization: Basic YW5uOnNlY3JldA==", "x-name: a",
                "cookie: a=b", "content-type: text/plain", "content-length: 0");
        exchange.requestHead();
        exchange.respond(200, "x-r: 1");
        // There is no upstream, and no body was read.
        assertThat(exchange.responseHeaders().all("x-missing"))
                .containsExactly("proxy_host request_body upstream_addr upstream_status");
    }

    @Test
    void aScriptThatNoRequestRunsIsReported() {
        assertThat(issues("function on_request(handle) end")).contains("WARNING script defines neither envoy_on_request");
        assertThat(issues("function envoy_on_response(handle) end")).isEmpty();
        assertThat(issues("log_by_lua_block { }")).isEmpty();
    }

    private static String issues(String script) {
        JsonReader reader = JsonReader.of("spec", LuaTester.config(script, (Json.Builder config) -> config));
        LuaFactory.withThreadClock().parse(reader);
        StringBuilder text = new StringBuilder();
        reader.report()
                .forEach(issue -> text.append(issue.error() ? "ERROR " : "WARNING ").append(issue.path().replace("spec.", ""))
                        .append(' ').append(issue.what()));
        return text.toString();
    }
}
