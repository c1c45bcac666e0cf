package io.jigress.plugins.lua;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.Json;
import io.jigress.api.LocalReply;
import io.jigress.api.TlsFacts;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Functions of scripts one by one: an expression, or statements with a return, and what they give.
class LuaFunctionsTest {
    private static final String HELPERS = """
            local cjson = require "cjson"
            local function hex(bytes)
              return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
            end
            local function failure(...)
              return (tostring(select(2, pcall(...))):gsub("^%S+:%d+: ", ""))
            end
            local function joined(...)
              local all = {}
              for i = 1, select("#", ...) do all[i] = tostring((select(i, ...))) end
              return table.concat(all, " ")
            end
            """;

    private static final String PLAIN = """
            _VERSION => Lua 5.1
            type(collectgarbage("count")) => number
            bit.tohex(bit.bswap(0x12345678)) => 78563412
            bit.tohex(bit.rol(0x12345678, 12)), bit.tohex(bit.ror(0x12345678, 12)) => 45678123 67812345
            cjson.encode({}), cjson.encode(cjson.empty_array), cjson.encode(setmetatable({}, cjson.array_mt)) => {} [] []
            cjson.encode(setmetatable({}, cjson.empty_array_mt)) => []
            cjson.encode_empty_table_as_object(false) return cjson.encode({a = {}}) => {"a":[]}
            cjson.decode_array_with_array_mt(true) return cjson.encode(cjson.decode("[]")) => []
            cjson.encode_max_depth() >= 100, cjson.decode_max_depth() >= 100, cjson.encode_number_precision() => true true 14
            cjson.encode_sparse_array(), cjson.new().encode({1}) => false [1]
            ("%.6f %.6f %.6f"):format(math.acos(0), math.asin(1), math.atan(1)) => 1.570796 1.570796 0.785398
            ("%.6f %.6f %.6f"):format(math.atan2(1, -1), math.cos(1), math.cosh(1)) => 2.356194 0.540302 1.543081
            ("%.6f %.6f %.6f"):format(math.deg(math.pi), math.exp(1), math.log10(1000)) => 180.000000 2.718282 3.000000
            ("%.6f %.6f %.6f"):format(math.rad(180), math.sin(1), math.sinh(1)) => 3.141593 0.841471 1.175201
            ("%.6f %.6f"):format(math.tan(1), math.tanh(1)) => 1.557408 0.761594
            math.mod(7, 3), math.pow(2, 10) => 1 1024
            math.randomseed(7) local a = math.random() math.randomseed(7) return a == math.random(), a >= 0 and a < 1 => true true
            local n = math.random(6) return n >= 1 and n <= 6 and n % 1 == 0 => true
            local all = "" for w in string.gfind("one two", "%a+") do all = all .. w .. "," end return all => one,two,
            local s = 0 table.foreach({1, 2}, function(_, v) s = s + v end) return s => 3
            local s = 0 table.foreachi({1, 2, x = 4}, function(_, v) s = s + v end) return s => 3
            table.getn({1, 2}), table.pack(1, nil, 3).n => 2 3
            """;

    private static final String ENVOY = """
            handle:timestamp(EnvoyTimestampResolution.MICROSECOND) == 1767225600000000 => true
            handle:timestamp(EnvoyTimestampResolution.MILLISECOND) => 1767225600000
            handle:connectionStreamInfo():downstreamDirectLocalAddress() => 192.0.2.254:80
            handle:connectionStreamInfo():downstreamRemoteAddress() => 192.0.2.1:40000
            handle:streamInfo():downstreamSslConnection(), handle:streamInfo():dynamicTypedMetadata("a") => nil nil
            #handle:streamInfo():requestedServerName(), #handle:streamInfo():virtualClusterName() => 0 0
            handle:headers():setHttp1ReasonPhrase("Fine") return "no effect" => no effect
            handle:logTrace("1") handle:logDebug("2") handle:logWarn("3") handle:logErr("4") handle:logCritical("5") return 5 => 5
            """;

    private static final String OPENRESTY = """
            ngx.req.http_version(), ngx.req.is_internal(), ngx.req.start_time() => 1.1 false 1767225600
            (ngx.req.raw_header():match("^[^\\r]*")) => GET /p?a=1&b=2&b=3&c HTTP/1.1
            (ngx.req.raw_header(true):match("x%-one: [^\\r]*")) => x-one: 1
            local args = ngx.req.get_uri_args() return args.a, args.b[2], args.c => 1 3 true
            ngx.req.set_uri_args({x = "y z"}) return ngx.var.args => x=y%20z
            ngx.req.set_uri_args("y=2") return ngx.var.request_uri, ngx.var.args => /p?a=1&b=2&b=3&c y=2
            ngx.req.set_method(ngx.HTTP_PUT) return ngx.req.get_method() => PUT
            ngx.req.clear_header("X-One") return ngx.req.get_headers()["x-one"] => nil
            ngx.req.discard_body() return ngx.req.get_body_data() => nil
            ngx.headers_sent, ngx.eof(), ngx.flush(true) => false 1 1
            failure(ngx.exec, "/x") => ngx.exec is not supported (expected: resty.http for calls)
            failure(ngx.location.capture, "/x") => ngx.location.capture is not supported (expected: resty.http for calls)
            failure(ngx.location.capture_multi, {}) => ngx.location.capture_multi is not supported (expected: resty.http for calls)
            failure(ngx.on_abort, print) => ngx.on_abort is not supported (expected: resty.http for calls)
            ngx.OK, ngx.ERROR, ngx.AGAIN, ngx.DONE, ngx.DECLINED => 0 -1 -2 -4 -5
            ngx.STDERR, ngx.EMERG, ngx.ALERT, ngx.CRIT, ngx.ERR, ngx.WARN, ngx.NOTICE, ngx.INFO, ngx.DEBUG => 0 1 2 3 4 5 6 7 8
            ngx.HTTP_OK, ngx.HTTP_NOT_FOUND => 200 404
            ngx.config.subsystem, ngx.config.ngx_lua_version, ngx.config.debug => http 10026 false
            ngx.worker.exiting(), ngx.worker.count(), type(ngx.worker.pid()), ngx.worker.id() => false 1 number 0
            ngx.timer.at(5, print) return ngx.timer.pending_count(), ngx.timer.running_count() => 1 0
            ngx.cookie_time(1290079655) => Thu, 18-Nov-10 11:27:35 GMT
            ngx.parse_http_time("Thu, 18 Nov 2010 11:27:35 GMT"), ngx.parse_http_time("never") => 1290079655 nil
            ngx.crc32_long("hello") => 907060870
            local args = ngx.decode_args("a=1&b=2&b=3&c") return args.a, args.b[2], args.c => 1 3 true
            ngx.decode_base64("YmI="), ngx.decode_base64("?") => bb nil
            ngx.encode_base64(ngx.hmac_sha1("thisisverysecretstuff", "some string we want to sign")) => R/pvxzHC4NLtj7S+kXFg/NePTmk=
            hex(ngx.md5_bin("a")), hex(ngx.sha1_bin("a")) => 0cc175b9c0f1b6a831c399e269772661 86f7e437faa5a7fce15d1ddcb9eaeaea377667b8
            ngx.update_time() return ngx.utctime(), ngx.now() => 2026-01-01 00:00:00 1767225600
            #ngx.localtime(), #ngx.today() => 19 10
            ngx.quote_sql_str("it's") => 'it\\'s'
            local d = ngx.shared.d d:set("k", 1, 10, 3) return d:ttl("k"), d:get("k") => 10 1 3
            local d = ngx.shared.d return d:capacity(), d:free_space() <= 8192 => 8192 true
            local d = ngx.shared.d d:set("k", 1) d:delete("k") return d:get("k"), d:ttl("k") => nil nil not found
            local d = ngx.shared.d d:set("k", 1) return d:expire("k", 5), d:ttl("k"), d:expire("none", 5) => true 5 nil not found
            (select(2, ngx.shared.d:safe_set("k", ("x"):rep(9000)))) => no memory
            local d = ngx.shared.d d:set("k", 1) d:flush_all() return d:get("k") => nil
            """;

    static Stream<String> plain() {
        return PLAIN.lines();
    }

    static Stream<String> envoy() {
        return ENVOY.lines();
    }

    static Stream<String> openResty() {
        return OPENRESTY.lines();
    }

    private static String body(String line) {
        String code = line.substring(0, line.lastIndexOf(" => "));
        return "joined((function() " + (code.matches(".*\\breturn .*") && !code.startsWith("(function") ? "" : "return ") + code
                + " end)())";
    }

    private static String expected(String line) {
        return line.substring(line.lastIndexOf(" => ") + 4);
    }

    private static String envoyScript(String line) {
        return HELPERS + "function envoy_on_request(handle) handle:respond({[':status'] = 200}, " + body(line) + ") end";
    }

    private static TestExchange exchange(FilterTester tester) {
        return tester.exchange("GET", "/p?a=1&b=2&b=3&c", "host: h", "x-one: 1");
    }

    @ParameterizedTest
    @MethodSource({"plain", "envoy"})
    void inEnvoysForm(String line) {
        assertThat(LuaEnvoyTest.body(exchange(LuaTester.start(envoyScript(line))).reply())).isEqualTo(expected(line));
    }

    @ParameterizedTest
    @MethodSource("openResty")
    void inOpenRestysForm(String line) {
        String script = "content_by_lua_block {\n" + HELPERS + "ngx.print(" + body(line) + ")\n}";
        FilterTester tester = LuaTester.start(script,
                config -> config.put("shared", Json.object().put("d", "8Ki").build()));
        assertThat(LuaEnvoyTest.body(exchange(tester).reply())).isEqualTo(expected(line));
    }

    @Test
    void entriesOfADictionaryThatHaveExpiredCanBeReadAndRemoved() {
        FilterTester tester = LuaTester.start("""
                access_by_lua_block {
                    local d = ngx.shared.d
                    if ngx.var.arg_set then d:set("k", "v", 1, 7) end
                    local value, flags, stale = d:get_stale("k")
                    ngx.req.set_header("x-is", tostring(d:get("k")) .. " " .. tostring(value) .. " " .. tostring(flags) .. " "
                        .. tostring(stale) .. " " .. d:flush_expired() .. " " .. tostring(d:get_stale("k")))
                }
                """, config -> config.put("shared", Json.object().put("d", "8Ki").build()));
        TestExchange fresh = tester.exchange("GET", "/?set=1");
        assertThat(fresh.requestHead()).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(fresh.requestHeaders().all("x-is")).containsExactly("v v 7 false 0 v");
        tester.advance(Duration.ofSeconds(2));
        TestExchange later = tester.exchange("GET", "/");
        assertThat(later.requestHead()).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(later.requestHeaders().all("x-is")).containsExactly("nil v 7 true 1 nil");
    }

    @Test
    void redirectsAndAddsFieldsToResponses() {
        FilterTester tester = LuaTester.start("""
                access_by_lua_block {
                    if ngx.var.uri == "/old" then return ngx.redirect("/new", 301) end
                }
                header_filter_by_lua_block {
                    ngx.resp.add_header("x-a", "1")
                    ngx.resp.add_header("x-a", "2")
                }
                """);
        LocalReply reply = tester.exchange("GET", "/old").reply();
        assertThat(reply.status()).isEqualTo(301);
        assertThat(reply.headers())
                .anyMatch(field -> field.getKey().text().equals("location") && field.getValue().equals("/new"));
        TestExchange exchange = tester.exchange("GET", "/");
        exchange.requestHead();
        exchange.respond(200);
        assertThat(exchange.responseHeaders().all("x-a")).containsExactly("1", "2");
    }

    @Test
    void readsArgumentsOfABody() {
        FilterTester tester = LuaTester.start("""
                access_by_lua_block {
                    ngx.req.read_body()
                    local args = ngx.req.get_post_args()
                    ngx.req.set_header("x-args", args.a .. args.b)
                }
                """);
        TestExchange exchange = tester.exchange("POST", "/", "content-length: 9");
        exchange.requestHead();
        exchange.requestBody("a=1&b=x+y", true);
        assertThat(exchange.requestHeaders().all("x-args")).containsExactly("1x y");
    }

    @Test
    void choosesTheRouteAgain() {
        TestExchange exchange = exchange(LuaTester.start("function envoy_on_request(handle) handle:clearRouteCache() end"));
        exchange.requestHead();
        assertThat(exchange.rematches()).isEqualTo(1);
    }

    @Test
    void verifiesSignatures() throws Exception {
        for (String algorithm : List.of("RSA", "EC")) {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(algorithm.equals("RSA") ? 2048 : 256);
            KeyPair pair = generator.generateKeyPair();
            Signature signer = Signature.getInstance("SHA256with" + (algorithm.equals("EC") ? "ECDSA" : "RSA"));
            signer.initSign(pair.getPrivate());
            signer.update("data".getBytes(StandardCharsets.US_ASCII));
            Base64.Encoder base64 = Base64.getEncoder();
            String script = HELPERS + """
                    local der = ngx.decode_base64("%s")
                    local signature = ngx.decode_base64("%s")
                    function envoy_on_request(handle)
                      local key = handle:importPublicKey(der, #der)
                      handle:respond({[":status"] = 200}, joined(
                        (handle:verifySignature("sha256", key, signature, #signature, "data", 4)),
                        (handle:verifySignature("sha256", key, signature, #signature, "date", 4)),
                        handle:importPublicKey("no key", 6)))
                    end
                    """.formatted(base64.encodeToString(pair.getPublic().getEncoded()), base64.encodeToString(signer.sign()));
            assertThat(LuaEnvoyTest.body(exchange(LuaTester.start(script)).reply())).as(algorithm).isEqualTo("true false nil");
        }
    }

    @Test
    void tellsAboutTlsAndTheClientsCertificate() throws Exception {
        X509Certificate certificate;
        try (InputStream in = LuaFunctionsTest.class.getResourceAsStream("/lua/client.pem")) {
            certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(Objects.requireNonNull(in));
        }
        String script = HELPERS + """
                function envoy_on_request(handle)
                  local ssl = handle:connection():ssl()
                  local subject = ssl:parsedSubjectPeerCertificate()
                  local pem = ssl:urlEncodedPemEncodedPeerCertificate()
                  handle:respond({[":status"] = 200}, joined(
                    ssl:peerCertificatePresented(), ssl:peerCertificateValidated(), ssl:tlsVersion(), ssl:ciphersuiteString(), "\\n",
                    ssl:subjectPeerCertificate(), ssl:issuerPeerCertificate(), ssl:serialNumberPeerCertificate(), "\\n",
                    ssl:sha256PeerCertificateDigest(), "\\n",
                    ssl:uriSanPeerCertificate()[1], ssl:dnsSansPeerCertificate()[1], subject:commonName(),
                    subject:organizationName()[1], "\\n",
                    ssl:validFromPeerCertificate(), ssl:expirationPeerCertificate(), pem:sub(1, 32),
                    pem == ssl:urlEncodedPemEncodedPeerCertificateChain(), "\\n",
                    #ssl:uriSanLocalCertificate(), #ssl:dnsSansLocalCertificate(), #ssl:oidsPeerCertificate(),
                    #ssl:oidsLocalCertificate(), #ssl:subjectLocalCertificate(), #ssl:sessionId(), #ssl:ciphersuiteId(), "\\n",
                    handle:streamInfo():requestedServerName(), handle:streamInfo():downstreamSslConnection():tlsVersion()))
                end
                """;
        TestExchange exchange = exchange(LuaTester.start(script)).tls(new TlsFacts("TLSv1.3", "TLS_AES_128_GCM_SHA256",
                "shop.example", "http/1.1", List.of(certificate), true));
        assertThat(LuaEnvoyTest.body(exchange.reply()).replace(" \n ", "\n")).isEqualTo("""
                true true TLSv1.3 TLS_AES_128_GCM_SHA256
                CN=ann,O=Example CN=ann,O=Example 1a2b
                7f149ad30a96ba0358fa100de36edc9749b0928abf59c52f3b2cbf8badd052dd
                spiffe://example/ann ann.example ann Example
                %d %d -----BEGIN%%20CERTIFICATE-----%%0A true
                0 0 0 0 0 0 0
                shop.example TLSv1.3""".formatted(certificate.getNotBefore().toInstant().getEpochSecond(),
                certificate.getNotAfter().toInstant().getEpochSecond()));
    }
}
