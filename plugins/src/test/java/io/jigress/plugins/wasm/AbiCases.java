package io.jigress.plugins.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.EndpointFacts;
import io.jigress.api.FilterDecision;
import io.jigress.api.Json;
import io.jigress.api.LocalReply;
import io.jigress.api.ReplyBody;
import io.jigress.plugins.wasm.TestModule.Load;
import io.jigress.plugins.wasm.TestModule.Text;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestCall;
import io.jigress.testkit.TestExchange;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// What each host function does, each with a module of its own. The table of the docs is written from this list.
final class AbiCases {
    private static final int OUT = TestModule.OUT;
    private static final int NOT_FOUND = 1;
    private static final int BAD_ARGUMENT = 2;
    private static final int PARSE_FAILURE = 4;
    private static final int INVALID_MEMORY = 6;
    private static final int EMPTY = 7;
    private static final int CAS_MISMATCH = 8;
    private static final int INTERNAL_FAILURE = 10;
    private static final int REQUEST = 0;
    private static final int PAUSE = 1;
    /// The id of the first exchange's context.
    private static final int FIRST = 2;
    private static final String CLUSTER = "Service default/auth:80";
    private static final Json.Obj BACKENDS = Json.object().put("backends", Json.object().put("auth", CLUSTER).build()).build();

    private final WasmTester wasm;
    private final List<AbiCase> cases = new ArrayList<>();

    /// @param what the behaviour that is shown, for the docs
    record AbiCase(String function, String what, Runnable run) {
        @Override
        public String toString() {
            return function + ": " + what;
        }
    }

    private AbiCases(WasmTester wasm) {
        this.wasm = wasm;
    }

    static List<AbiCase> of(WasmTester wasm) {
        AbiCases all = new AbiCases(wasm);
        all.system();
        all.properties();
        all.metrics();
        all.headers();
        all.buffers();
        all.streams();
        all.calls();
        all.grpc();
        all.shared();
        all.higress();
        return all.cases;
    }

    private void add(String function, String what, Runnable run) {
        cases.add(new AbiCase(function, what, run));
    }

    /// A case whose plugin checks everything in the request's head.
    private void inRequest(String function, String what, Consumer<TestModule> build) {
        add(function, what, () -> {
            TestModule module = TestModule.current();
            build.accept(module);
            passes(wasm.start(module, BACKENDS));
        });
    }

    private static TestExchange request(FilterTester tester) {
        return tester.exchange("GET", "/a/b?c=d", "host: shop.example", "x-one: 1", "x-two: 2", "x-two: 3");
    }

    private static TestExchange passes(FilterTester tester) {
        TestExchange exchange = request(tester);
        assertGoesOn(exchange.requestHead());
        return exchange;
    }

    private static void assertGoesOn(FilterDecision decision) {
        assertThat(decision).isInstanceOfAny(FilterDecision.Continue.class, FilterDecision.SkipBody.class);
    }

    private static String body(FilterDecision decision) {
        assertThat(decision).isInstanceOf(FilterDecision.Reply.class);
        LocalReply reply = ((FilterDecision.Reply) decision).reply();
        return reply.body() instanceof ReplyBody.Whole(byte[] bytes) ? new String(bytes, StandardCharsets.UTF_8) : "";
    }

    // ---- system

    private void system() {
        inRequest("proxy_log", "Levels trace to critical; a pointer outside of the memory gives InvalidMemoryAccess",
                m -> m.requestHeaders(c -> c.host("proxy_log", 2, m.text("hello"))
                        .hostReturns("proxy_log", BAD_ARGUMENT, 9, m.text("no such level"))
                        .hostReturns("proxy_log", INVALID_MEMORY, 2, -8, 16)));
        inRequest("proxy_get_log_level", "The least level that is logged", m -> m.requestHeaders(c -> c.store(OUT, -1)
                .host("proxy_get_log_level", OUT).expect(OUT + 1, 0)));
        long start = 1_767_225_600_000_000_000L; // 2026-01-01, which the test kit begins with.
        inRequest("proxy_get_current_time_nanoseconds", "Nanoseconds since 1970", m -> m.requestHeaders(
                c -> c.host("proxy_get_current_time_nanoseconds", OUT).expect(OUT, (int) start).expect(OUT + 4,
                        (int) (start >> 32))));
        add("proxy_set_tick_period_milliseconds", "Calls proxy_on_tick of the root context; 0 ends it", () -> {
            TestModule m = TestModule.current();
            m.configure(c -> c.host("proxy_set_tick_period_milliseconds", 100).returns(1));
            m.function("proxy_on_tick", "i:", c -> c.add(128, 1));
            m.requestHeaders(c -> c.expect(128, 3).host("proxy_set_tick_period_milliseconds", 0));
            FilterTester tester = wasm.start(m);
            tester.advance(Duration.ofMillis(350));
            passes(tester);
            tester.advance(Duration.ofSeconds(1));
            assertThat(tester.services().pendingTimers()).isZero();
        });
        add("proxy_get_configuration", "The configuration of the plugin (ABI 0.1.0)", () -> {
            TestModule m = TestModule.abi("0_1_0");
            m.function("proxy_on_request_headers", "ii:i",
                    c -> c.host("proxy_get_configuration", OUT, OUT + 4).expectText(OUT, "{\"a\":1}"));
            passes(wasm.start(m, Json.object().put("config", Json.object().put("a", 1).build()).build()));
        });
        inRequest("proxy_set_effective_context", "Host functions then act on that context; an unknown one is a BadArgument",
                m -> m.requestHeaders(c -> c.hostReturns("proxy_set_effective_context", BAD_ARGUMENT, 77)
                        .host("proxy_set_effective_context", 1).hostReturns("proxy_continue_stream", BAD_ARGUMENT, REQUEST)
                        .host("proxy_set_effective_context", FIRST).host("proxy_continue_stream", REQUEST)));
        add("proxy_done", "A context whose proxy_on_done returned false is deleted when the plugin says that it is done", () -> {
            TestModule m = TestModule.current();
            m.requestHeaders(c -> {});
            m.function("proxy_on_done", "i:i", c -> c.returns(0));
            m.function("proxy_on_delete", "i:", c -> c.add(128, 1));
            m.configure(c -> c.host("proxy_set_tick_period_milliseconds", 1000).returns(1));
            m.function("proxy_on_tick", "i:", c -> c.ifEqual(128, 0).host("proxy_set_effective_context", FIRST)
                    .host("proxy_done").end().ifEqual(128, 1).host("proxy_log", 2, m.text("deleted")).end());
            FilterTester tester = wasm.start(m);
            passes(tester).complete();
            tester.advance(Duration.ofMillis(2100));
            assertThat(tester.services().counted("failures")).isZero();
            passes(tester);
        });
        inRequest("proxy_call_foreign_function", "clear_route_cache, compress, uncompress; NotFound for any other", m -> {
            Text text = m.text("aaaaaaaaaaaaaaaaaaaa");
            m.requestHeaders(c -> c.host("proxy_call_foreign_function", m.text("compress"), text, OUT, OUT + 4)
                    .host("proxy_call_foreign_function", m.text("uncompress"), new Load(OUT), new Load(OUT + 4), OUT + 8,
                            OUT + 12)
                    .expectText(OUT + 8, "aaaaaaaaaaaaaaaaaaaa")
                    .hostReturns("proxy_call_foreign_function", BAD_ARGUMENT, m.text("uncompress"), m.text("no zlib"), OUT,
                            OUT + 4)
                    .hostReturns("proxy_call_foreign_function", NOT_FOUND, m.text("other"), text, OUT, OUT + 4));
        });
    }

    private void properties() {
        add("proxy_get_property", "Attributes by Envoy's paths; NotFound for any other", () -> {
            TestModule m = TestModule.current();
            m.requestHeaders(c -> {
                for (String[] property : new String[][] {{"request\0path", "/a/b?c=d"}, {"request\0url_path", "/a/b"},
                    {"request\0query", "c=d"}, {"request\0host", "shop.example"}, {"request\0scheme", "http"},
                    {"request\0method", "GET"}, {"request\0headers\0x-one", "1"}, {"request\0protocol", "HTTP/1.1"},
                    {"source\0address", "192.0.2.1:40000"}, {"destination\0address", "192.0.2.254:80"},
                    {"plugin_name", "default/test"}, {"plugin_vm_id", "default/test"}, {"route_name", "default/test"},
                    {"xds\0route_name", "HTTPRoute default/test rule 0"},
                    {"cluster_name", "outbound|80||cart.default.svc.cluster.local"},
                    {"xds\0cluster_name", "Service default/cart:80"}, {"source\0port", "@\u009c\0\0\0\0\0\0"},
                    {"connection\0mtls", "\0"}, {"connection\0id", "\u0001\0\0\0\0\0\0\0"}}) {
                    c.host("proxy_get_property", m.text(property[0]), OUT, OUT + 4).expectText(OUT, property[1]);
                }
                c.hostReturns("proxy_get_property", NOT_FOUND, m.text("request\0other"), OUT, OUT + 4);
                c.hostReturns("proxy_get_property", NOT_FOUND, m.text("response\0code"), OUT, OUT + 4);
            });
            TestExchange exchange = request(wasm.start(m)).upstream("Service default/cart:80", "10.0.0.1", 80);
            assertGoesOn(exchange.requestHead());
        });
        inRequest("proxy_set_property", "A property of the exchange, which the plugin can read again",
                m -> m.requestHeaders(c -> c.host("proxy_set_property", m.text("mine"), m.text("value"))
                        .host("proxy_get_property", m.text("mine"), OUT, OUT + 4).expectText(OUT, "value")));
    }

    private void metrics() {
        add("proxy_define_metric", "Counters, gauges and histograms; the gateway exports the first ones", () -> {
            TestModule m = TestModule.current();
            m.configure(c -> c.host("proxy_define_metric", 0, m.text("My.Requests"), OUT).hostReturns("proxy_define_metric",
                    BAD_ARGUMENT, 3, m.text("no"), OUT + 8).returns(1));
            m.requestHeaders(c -> c.host("proxy_increment_metric", new Load(OUT), 2L));
            FilterTester tester = wasm.start(m);
            passes(tester);
            assertThat(tester.services().counted("plugin_my_requests")).isEqualTo(2);
        });
        inRequest("proxy_increment_metric", "Counters count up, gauges up and down",
                m -> m.requestHeaders(c -> c.host("proxy_define_metric", 1, m.text("g"), OUT)
                        .host("proxy_increment_metric", new Load(OUT), 5L).host("proxy_increment_metric", new Load(OUT), -2L)
                        .host("proxy_get_metric", new Load(OUT), OUT + 8).expect(OUT + 8, 3)
                        .hostReturns("proxy_increment_metric", NOT_FOUND, 99, 1L)));
        add("proxy_record_metric", "Sets a gauge; a histogram records the value", () -> {
            TestModule m = TestModule.current();
            m.requestHeaders(c -> c.host("proxy_define_metric", 2, m.text("sizes"), OUT)
                    .host("proxy_record_metric", new Load(OUT), 42L).host("proxy_define_metric", 1, m.text("now"), OUT)
                    .host("proxy_record_metric", new Load(OUT), 7L));
            FilterTester tester = wasm.start(m);
            passes(tester);
            assertThat(tester.services().recorded("plugin_sizes")).containsExactly(42.0);
            assertThat(tester.services().gauged("plugin_now")).isEqualTo(7);
        });
        inRequest("proxy_get_metric", "What this instance has counted", m -> m.requestHeaders(
                c -> c.host("proxy_define_metric", 0, m.text("c"), OUT).host("proxy_record_metric", new Load(OUT), 4L)
                        .host("proxy_get_metric", new Load(OUT), OUT + 8).expect(OUT + 8, 4)
                        .hostReturns("proxy_get_metric", NOT_FOUND, 99, OUT)));
    }

    // ---- headers

    private void headers() {
        inRequest("proxy_get_header_map_value", "The first value of a field, or a pseudo header field; NotFound without one",
                m -> m.requestHeaders(c -> c.host("proxy_get_header_map_value", 0, m.text("X-Two"), OUT, OUT + 4)
                        .expectText(OUT, "2")
                        .host("proxy_get_header_map_value", 0, m.text(":path"), OUT, OUT + 4).expectText(OUT, "/a/b?c=d")
                        .host("proxy_get_header_map_value", 0, m.text(":authority"), OUT, OUT + 4).expectText(OUT, "shop.example")
                        .hostReturns("proxy_get_header_map_value", NOT_FOUND, 0, m.text("x-none"), OUT, OUT + 4)
                        .hostReturns("proxy_get_header_map_value", BAD_ARGUMENT, 20, m.text("x-one"), OUT, OUT + 4)));
        add("proxy_add_header_map_value",
                "Adds a field; a value with CR, LF or NUL is a BadArgument; framing stays the gateway's", () -> {
                    TestModule m = TestModule.current();
                    m.requestHeaders(c -> c.host("proxy_add_header_map_value", 0, m.text("x-two"), m.text("4"))
                            .hostReturns("proxy_add_header_map_value", BAD_ARGUMENT, 0, m.text("x-two"), m.text("a\r\nb: c"))
                            .hostReturns("proxy_add_header_map_value", BAD_ARGUMENT, 0, m.text("x two"), m.text("5"))
                            .host("proxy_add_header_map_value", 0, m.text("transfer-encoding"), m.text("chunked")));
                    TestExchange exchange = passes(wasm.start(m));
                    assertThat(exchange.requestHeaders().all("x-two")).containsExactly("2", "3", "4");
                    assertThat(exchange.requestHeaders().all("transfer-encoding")).isEmpty();
                });
        add("proxy_replace_header_map_value", "Replaces all values of a field, or sets a pseudo header field", () -> {
            TestModule m = TestModule.current();
            m.requestHeaders(c -> c.host("proxy_replace_header_map_value", 0, m.text("x-two"), m.text("9"))
                    .host("proxy_replace_header_map_value", 0, m.text(":path"), m.text("/new"))
                    .host("proxy_replace_header_map_value", 0, m.text(":authority"), m.text("other.example"))
                    .host("proxy_replace_header_map_value", 0, m.text(":method"), m.text("PUT")));
            m.responseHeaders(c -> c.host("proxy_replace_header_map_value", 2, m.text(":status"), m.text("201")));
            TestExchange exchange = passes(wasm.start(m));
            assertThat(exchange.requestHeaders().all("x-two")).containsExactly("9");
            assertThat(exchange.request().target()).isEqualTo("/new");
            assertThat(exchange.request().authority()).isEqualTo("other.example");
            assertThat(exchange.request().method()).isEqualTo("PUT");
            assertThat(exchange.rematches()).isEqualTo(1);
            assertGoesOn(exchange.respond(200));
            assertThat(exchange.response().status()).isEqualTo(201);
        });
        add("proxy_remove_header_map_value", "Removes all values of a field", () -> {
            TestModule m = TestModule.current();
            m.requestHeaders(c -> c.host("proxy_remove_header_map_value", 0, m.text("x-two")));
            assertThat(passes(wasm.start(m)).requestHeaders().all("x-two")).isEmpty();
        });
        inRequest("proxy_get_header_map_pairs", "Pseudo header fields first, then all fields in order, names in lower case",
                m -> {
                    String[] pairs = {":authority", "shop.example", ":path", "/a/b?c=d", ":method", "GET", ":scheme", "http",
                        "x-one", "1",
                        "x-two", "2", "x-two", "3"};
                    TestModule copy = TestModule.current();
                    Text form = copy.pairs(pairs);
                    String expected = new String(copy.assemble(), StandardCharsets.ISO_8859_1);
                    String whole = expected.substring(expected.length() - form.length());
                    m.requestHeaders(c -> c.host("proxy_get_header_map_pairs", 0, OUT, OUT + 4).expectText(OUT, whole));
                });
        add("proxy_set_header_map_pairs", "Replaces all fields; ParseFailure for another form", () -> {
            TestModule m = TestModule.current();
            m.requestHeaders(c -> c.host("proxy_set_header_map_pairs", 0, m.pairs(":path", "/x", "x-new", "n"))
                    .hostReturns("proxy_set_header_map_pairs", PARSE_FAILURE, 0, m.text("\u00ff\u00ff\u00ff\u007fxxxxxx")));
            TestExchange exchange = passes(wasm.start(m));
            assertThat(exchange.request().target()).isEqualTo("/x");
            assertThat(exchange.requestHeaders().all("x-one")).isEmpty();
            assertThat(exchange.requestHeaders().all("x-new")).containsExactly("n");
        });
        inRequest("proxy_get_header_map_size", "How many bytes proxy_get_header_map_pairs gives",
                m -> m.requestHeaders(c -> c.host("proxy_get_header_map_pairs", 0, OUT, OUT + 4)
                        .host("proxy_get_header_map_size", 0, OUT + 8).expect(OUT + 8, 148)));
    }

    // ---- bodies

    private void buffers() {
        add("proxy_get_buffer_bytes", "A part of a body, the configuration, the result of a call; NotFound when there is none",
                () -> {
                    TestModule m = TestModule.current();
                    m.configure(c -> c.host("proxy_get_buffer_bytes", 7, 0, 100, OUT, OUT + 4).expectText(OUT, "own").returns(1));
                    m.requestHeaders(c -> c.hostReturns("proxy_get_buffer_bytes", NOT_FOUND, 0, 0, 10, OUT, OUT + 4)
                            .hostReturns("proxy_get_buffer_bytes", BAD_ARGUMENT, 30, 0, 10, OUT, OUT + 4));
                    m.requestBody(c -> c.host("proxy_get_buffer_bytes", 0, 2, 3, OUT, OUT + 4).expectText(OUT, "cde")
                            .host("proxy_get_buffer_bytes", 0, 4, 100, OUT, OUT + 4).expectText(OUT, "ef"));
                    FilterTester tester = wasm.start(m, Json.object().put("config", "own").build());
                    TestExchange exchange = tester.exchange("POST", "/", "content-length: 6");
                    assertGoesOn(exchange.requestHead());
                    assertThat(exchange.requestBody("abcdef", true).data()).isEqualTo("abcdef");
                });
        add("proxy_get_buffer_status", "The length of a buffer", () -> {
            TestModule m = TestModule.current();
            m.requestBody(c -> c.host("proxy_get_buffer_status", 0, OUT, OUT + 4).expect(OUT, 6).expect(OUT + 4, 0));
            TestExchange exchange = wasm.start(m).exchange("POST", "/", "content-length: 6");
            assertGoesOn(exchange.requestHead());
            assertThat(exchange.requestBody("abcdef", true).data()).isEqualTo("abcdef");
        });
        add("proxy_set_buffer_bytes", "Puts bytes before a body, after it or in its place; BadArgument within it, as Envoy",
                () -> {
                    TestModule m = TestModule.current();
                    m.requestBody(c -> c.host("proxy_set_buffer_bytes", 0, 0, 0, m.text("<"))
                            .host("proxy_set_buffer_bytes", 0, 100, 0, m.text(">"))
                            .hostReturns("proxy_set_buffer_bytes", BAD_ARGUMENT, 0, 2, 1, m.text("x")));
                    m.responseHeaders(c -> {});
                    m.responseBody(c -> c.host("proxy_set_buffer_bytes", 1, 0, 100, m.text("new")));
                    TestExchange exchange = wasm.start(m).exchange("POST", "/", "content-length: 6");
                    assertGoesOn(exchange.requestHead());
                    assertThat(exchange.requestBody("abcdef", true).data()).isEqualTo("<abcdef>");
                    assertGoesOn(exchange.respond(200));
                    assertThat(exchange.responseBody("old", true).data()).isEqualTo("new");
                });
    }

    // ---- streams

    private void streams() {
        add("proxy_continue_stream", "Resumes a request or a response that the plugin has paused", () -> {
            TestModule m = TestModule.current();
            m.configure(c -> c.host("proxy_set_tick_period_milliseconds", 100).returns(1));
            m.requestHeaders(c -> c.returns(PAUSE));
            m.function("proxy_on_tick", "i:", c -> c.host("proxy_set_effective_context", FIRST)
                    .host("proxy_add_header_map_value", 0, m.text("x-late"), m.text("1")).host("proxy_continue_stream", REQUEST)
                    .host("proxy_set_tick_period_milliseconds", 0));
            FilterTester tester = wasm.start(m);
            TestExchange exchange = request(tester);
            assertThat(exchange.requestHead()).isInstanceOf(FilterDecision.Wait.class);
            tester.advance(Duration.ofMillis(100));
            assertGoesOn(exchange.awaitResumed());
            assertThat(exchange.requestHeaders().all("x-late")).containsExactly("1");
        });
        add("proxy_continue_request", "The same for requests (ABI 0.1.0)", () -> {
            TestModule m = TestModule.abi("0_1_0");
            m.function("proxy_on_request_headers", "ii:i", c -> c.host("proxy_continue_request").returns(PAUSE));
            passes(wasm.start(m));
        });
        add("proxy_continue_response", "The same for responses (ABI 0.1.0)", () -> {
            TestModule m = TestModule.abi("0_1_0");
            m.function("proxy_on_response_headers", "ii:i", c -> c.host("proxy_continue_response").returns(PAUSE));
            assertGoesOn(passes(wasm.start(m)).respond(200));
        });
        add("proxy_close_stream", "Ends the exchange: 503, or the connection is aborted when the response has begun", () -> {
            TestModule m = TestModule.current();
            m.requestHeaders(c -> c.host("proxy_close_stream", REQUEST).hostReturns("proxy_close_stream", BAD_ARGUMENT, 9));
            LocalReply reply = request(wasm.start(m)).reply();
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.reason()).isEqualTo("wasm_closed");
        });
        add("proxy_clear_route_cache", "The route is chosen again (ABI 0.1.0; later the foreign function of this name)", () -> {
            TestModule m = TestModule.abi("0_1_0");
            m.function("proxy_on_request_headers", "ii:i", c -> c.host("proxy_clear_route_cache"));
            assertThat(passes(wasm.start(m)).rematches()).isEqualTo(1);
        });
        add("proxy_send_local_response", "Answers with status, headers and body; the details are the reason in the access log",
                () -> {
                    TestModule m = TestModule.current();
                    m.requestHeaders(c -> c
                            .hostReturns("proxy_send_local_response", BAD_ARGUMENT, 99, m.text(""), m.text(""), m.text(""), -1)
                            .host("proxy_send_local_response", 403, m.text("Not For You"), m.text("denied"),
                                    m.pairs("x-why", "me"), -1)
                            .returns(PAUSE));
                    FilterDecision decision = request(wasm.start(m)).requestHead();
                    assertThat(body(decision)).isEqualTo("denied");
                    LocalReply reply = ((FilterDecision.Reply) decision).reply();
                    assertThat(reply.status()).isEqualTo(403);
                    assertThat(reply.reason()).isEqualTo("not_for_you");
                    assertThat(reply.headers()).extracting(header -> header.getKey() + ": " + header.getValue())
                            .containsExactly("x-why: me", "content-type: text/plain");
                });
    }

    // ---- calls

    private void calls() {
        add("proxy_http_call", "Calls a backend of the plugin; proxy_on_http_call_response has the result", () -> {
            TestModule m = TestModule.current();
            Text headers = m.pairs(":method", "POST", ":path", "/check", ":authority", "auth.example", "x-a", "1");
            m.requestHeaders(c -> c
                    .hostReturns("proxy_http_call", BAD_ARGUMENT, m.text("unknown"), headers, m.text(""), m.pairs(), 1000, OUT)
                    .hostReturns("proxy_http_call", BAD_ARGUMENT, m.text("auth"), m.pairs(":method", "GET"), m.text(""),
                            m.pairs(), 1000, OUT)
                    .host("proxy_http_call", m.text("auth"), headers, m.text("who"), m.pairs(), 1000, OUT).returns(PAUSE));
            m.function("proxy_on_http_call_response", "iiiii:", c -> c
                    .host("proxy_get_header_map_value", 6, m.text(":status"), OUT + 8, OUT + 12).expectText(OUT + 8, "200")
                    .host("proxy_get_buffer_bytes", 4, 0, 100, OUT + 8, OUT + 12).expectText(OUT + 8, "ann")
                    .host("proxy_set_effective_context", FIRST)
                    .host("proxy_add_header_map_value", 0, m.text("x-user"), new Load(OUT + 8), new Load(OUT + 12))
                    .host("proxy_continue_stream", REQUEST));
            FilterTester tester = wasm.start(m, BACKENDS);
            TestExchange exchange = request(tester);
            assertThat(exchange.requestHead()).isInstanceOf(FilterDecision.Wait.class);
            TestCall call = tester.services().callers().next();
            assertThat(call.cluster()).isEqualTo(CLUSTER);
            assertThat(call.request().method() + call.request().target()).isEqualTo("POST/check");
            assertThat(call.request().headers().nameAt(0)).isEqualTo("x-a");
            assertThat(call.requestBody()).isEqualTo("who");
            assertThat(call.limits().deadline()).isEqualTo(Duration.ofSeconds(1));
            call.respond(200, "ann", "content-type: text/plain");
            assertGoesOn(exchange.awaitResumed());
            assertThat(exchange.requestHeaders().all("x-user")).containsExactly("ann");
        });
    }

    private void grpc() {
        add("proxy_grpc_call", "A unary call; proxy_on_grpc_receive has the message", () -> {
            TestModule m = TestModule.current();
            m.requestHeaders(c -> c
                    .hostReturns("proxy_grpc_call", PARSE_FAILURE, m.text("unknown"), m.text("a.B"), m.text("C"), m.pairs(),
                            m.text("x"), 1000, OUT)
                    .host("proxy_grpc_call", m.text("auth"), m.text("a.B"), m.text("C"), m.pairs("x-m", "1"),
                            m.text("ask"), 1000, OUT)
                    .returns(PAUSE));
            m.function("proxy_on_grpc_receive", "iii:", c -> c.host("proxy_get_buffer_bytes", 5, 0, 100, OUT + 8, OUT + 12)
                    .expectText(OUT + 8, "answer").host("proxy_set_effective_context", FIRST)
                    .host("proxy_continue_stream", REQUEST));
            FilterTester tester = wasm.start(m, BACKENDS);
            TestExchange exchange = request(tester);
            assertThat(exchange.requestHead()).isInstanceOf(FilterDecision.Wait.class);
            TestCall call = tester.services().callers().next();
            assertThat(call.request().target()).isEqualTo("/a.B/C");
            assertThat(call.requestBody()).isEqualTo("\0\0\0\0\3ask");
            call.respondHead(200, false, "content-type: application/grpc");
            call.respondBody("\0\0\0\0\6answer", false);
            call.respondTrailers("grpc-status: 0");
            assertGoesOn(exchange.awaitResumed());
        });
        add("proxy_grpc_stream", "A call with messages both ways; the callbacks have metadata, messages and the status", () -> {
            FilterTester tester = wasm.start(stream(m -> m.host("proxy_grpc_send", new Load(OUT), 0, 0, 1)), BACKENDS);
            TestCall call = streamCall(tester);
            call.respondHead(200, false, "content-type: application/grpc", "x-first: 1");
            call.respondBody("\0\0\0\0\6answer", false);
            call.respondTrailers("grpc-status: 7", "grpc-message: no");
            assertThat(tester.services().counted("failures")).isZero();
            assertThat(tester.services().counted("plugin_closed")).isEqualTo(7);
        });
        add("proxy_get_status", "Status and message of the gRPC call that has ended", () -> {
            FilterTester tester = wasm.start(stream(c -> c.host("proxy_grpc_close", new Load(OUT))), BACKENDS);
            TestCall call = streamCall(tester);
            call.respondHead(200, true, "content-type: application/grpc", "grpc-status: 7", "grpc-message: no");
            assertThat(tester.services().counted("failures")).isZero();
            assertThat(tester.services().counted("plugin_closed")).isEqualTo(7);
        });
        add("proxy_grpc_send", "Sends a message of a stream; BadArgument for an unknown one", () -> {
            FilterTester tester = wasm.start(stream(c -> {
            }), BACKENDS);
            TestCall call = streamCall(tester);
            assertThat(call.requestBody()).isEqualTo("\0\0\0\0\2hi");
            assertThat(call.requestEnded()).isFalse();
        });
        add("proxy_grpc_close", "Ends the messages of the plugin", () -> {
            FilterTester tester = wasm.start(stream(c -> c.host("proxy_grpc_close", new Load(OUT))), BACKENDS);
            assertThat(streamCall(tester).requestEnded()).isTrue();
        });
        add("proxy_grpc_cancel", "Cancels the call", () -> {
            FilterTester tester = wasm.start(stream(c -> c.host("proxy_grpc_cancel", new Load(OUT))), BACKENDS);
            assertThat(streamCall(tester).cancelled()).isTrue();
        });
    }

    /// A plugin that opens a stream of gRPC, sends a message, and does more with it.
    private static TestModule stream(Consumer<TestModule.Code> more) {
        TestModule m = TestModule.current();
        // GrpcService { envoy_grpc { cluster_name: "auth" } }
        Text service = m.bytes(new byte[] {0x0a, 6, 0x0a, 4, 'a', 'u', 't', 'h'});
        m.configure(c -> c.host("proxy_define_metric", 0, m.text("closed"), OUT + 32).returns(1));
        m.requestHeaders(c -> {
            c.host("proxy_grpc_stream", service, m.text("a.B"), m.text("S"), m.pairs(), OUT)
                    .hostReturns("proxy_grpc_send", BAD_ARGUMENT, 99, m.text("hi"), 0)
                    .host("proxy_grpc_send", new Load(OUT), m.text("hi"), 0);
            more.accept(c);
        });
        m.function("proxy_on_grpc_receive_initial_metadata", "iii:", c -> c
                .host("proxy_get_header_map_value", 4, m.text("x-first"), OUT + 8, OUT + 12).expectText(OUT + 8, "1"));
        m.function("proxy_on_grpc_receive", "iii:",
                c -> c.host("proxy_get_buffer_bytes", 5, 0, 100, OUT + 8, OUT + 12).expectText(OUT + 8, "answer"));
        m.function("proxy_on_grpc_receive_trailing_metadata", "iii:", c -> c
                .host("proxy_get_header_map_value", 5, m.text("grpc-status"), OUT + 8, OUT + 12).expectText(OUT + 8, "7"));
        m.function("proxy_on_grpc_close", "iii:", c -> c.host("proxy_get_status", OUT + 8, OUT + 12, OUT + 16).expect(OUT + 8, 7)
                .expectText(OUT + 12, "no").host("proxy_increment_metric", new Load(OUT + 32), 7L));
        return m;
    }

    private static TestCall streamCall(FilterTester tester) {
        passes(tester);
        return tester.services().callers().next();
    }

    // ---- shared data

    private void shared() {
        inRequest("proxy_set_shared_data", "Sets a value if its version is the one that is given; 0 sets it always",
                m -> m.requestHeaders(
                        c -> c.hostReturns("proxy_set_shared_data", CAS_MISMATCH, m.text("set"), m.text("a"), 5)
                                .host("proxy_set_shared_data", m.text("set"), m.text("a"), 0)
                                .host("proxy_get_shared_data", m.text("set"), OUT, OUT + 4, OUT + 8)
                                .host("proxy_set_shared_data", m.text("set"), m.text("b"), new Load(OUT + 8))
                                .hostReturns("proxy_set_shared_data", CAS_MISMATCH, m.text("set"), m.text("c"),
                                        new Load(OUT + 8))));
        inRequest("proxy_get_shared_data", "The value and its version; NotFound without one", m -> m.requestHeaders(
                c -> c.hostReturns("proxy_get_shared_data", NOT_FOUND, m.text("get"), OUT, OUT + 4, OUT + 8)
                        .host("proxy_set_shared_data", m.text("get"), m.text("value"), 0)
                        .host("proxy_get_shared_data", m.text("get"), OUT, OUT + 4, OUT + 8).expectText(OUT, "value")));
        add("proxy_register_shared_queue", "Makes a queue; proxy_on_queue_ready tells its messages", () -> {
            TestModule m = TestModule.current();
            m.configure(c -> c.host("proxy_register_shared_queue", m.text("told"), OUT).returns(1));
            m.requestHeaders(c -> c.host("proxy_enqueue_shared_queue", new Load(OUT), m.text("item")));
            m.function("proxy_on_queue_ready", "ii:", c -> c.host("proxy_dequeue_shared_queue", new Load(OUT), OUT + 8, OUT + 12)
                    .expectText(OUT + 8, "item").add(128, 1));
            m.responseHeaders(c -> c.expect(128, 1));
            FilterTester tester = wasm.start(m);
            TestExchange exchange = passes(tester);
            tester.advance(Duration.ofMillis(50));
            assertGoesOn(exchange.respond(200));
        });
        inRequest("proxy_resolve_shared_queue", "Finds a queue by VM id and name; NotFound without one", m -> m.requestHeaders(
                c -> c.hostReturns("proxy_resolve_shared_queue", NOT_FOUND, m.text("default/test"), m.text("resolved"), OUT)
                        .host("proxy_register_shared_queue", m.text("resolved"), OUT)
                        .host("proxy_resolve_shared_queue", m.text("default/test"), m.text("resolved"), OUT + 4)
                        .host("proxy_enqueue_shared_queue", new Load(OUT + 4), m.text("1"))));
        inRequest("proxy_enqueue_shared_queue", "Adds a message; NotFound for an unknown queue", m -> m.requestHeaders(
                c -> c.hostReturns("proxy_enqueue_shared_queue", NOT_FOUND, 9999, m.text("x"))
                        .host("proxy_register_shared_queue", m.text("filled"), OUT)
                        .host("proxy_enqueue_shared_queue", new Load(OUT), m.text("x"))));
        inRequest("proxy_dequeue_shared_queue", "Takes the oldest message; Empty without one", m -> m.requestHeaders(
                c -> c.hostReturns("proxy_dequeue_shared_queue", NOT_FOUND, 9999, OUT, OUT + 4)
                        .host("proxy_register_shared_queue", m.text("emptied"), OUT)
                        .host("proxy_enqueue_shared_queue", new Load(OUT), m.text("one"))
                        .host("proxy_enqueue_shared_queue", new Load(OUT), m.text("two"))
                        .host("proxy_dequeue_shared_queue", new Load(OUT), OUT + 8, OUT + 12).expectText(OUT + 8, "one")
                        .host("proxy_dequeue_shared_queue", new Load(OUT), OUT + 8, OUT + 12).expectText(OUT + 8, "two")
                        .hostReturns("proxy_dequeue_shared_queue", EMPTY, new Load(OUT), OUT + 8, OUT + 12)));
    }

    // ---- Higress

    private static InetSocketAddress address(String ip, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
    }

    private void higress() {
        inRequest("proxy_redis_init", "Names a backend that speaks the Redis protocol (Higress)", m -> m.requestHeaders(
                c -> c.host("proxy_redis_init", m.text("auth?db=1"), m.text("user"), m.text("secret"), 1000)
                        .hostReturns("proxy_redis_init", BAD_ARGUMENT, m.text("unknown"), m.text(""), m.text(""), 1000)));
        add("proxy_redis_call", "Sends a query; proxy_on_redis_call_response has the reply (Higress)", () -> {
            TestModule m = TestModule.abi("0_2_100");
            Text query = m.text("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
            m.configure(c -> c.host("proxy_redis_init", m.text("auth?db=1"), m.text(""), m.text("secret"), 1000).returns(1));
            m.requestHeaders(c -> c.hostReturns("proxy_redis_call", BAD_ARGUMENT, m.text("other"), query, OUT)
                    .host("proxy_redis_call", m.text("auth?db=1"), query, OUT).returns(4));
            m.function("proxy_on_redis_call_response", "iiii:",
                    c -> c.host("proxy_get_buffer_bytes", 9, 0, 100, OUT + 8, OUT + 12)
                            .expectText(OUT + 8, "$5\r\nvalue\r\n").host("proxy_set_effective_context", FIRST)
                            .host("proxy_continue_stream", REQUEST));
            FilterTester tester = wasm.start(m, BACKENDS);
            TestExchange exchange = request(tester);
            assertThat(exchange.requestHead()).isInstanceOf(FilterDecision.Wait.class);
            TestCall call = tester.services().callers().next();
            assertThat(call.isChannel()).isTrue();
            assertThat(call.requestBody()).isEqualTo(
                    "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
            call.connected();
            call.respondBody("+OK\r\n+OK\r\n$5\r\nva", false);
            call.respondBody("lue\r\n", false);
            assertGoesOn(exchange.awaitResumed());
        });
        add("proxy_get_upstream_hosts",
                "The endpoints of the cluster and their health; NotFound when the request goes to none (Higress)",
                () -> {
                    TestModule m = TestModule.abi("0_2_100");
                    String first = "{\"health_status\":\"Healthy\",\"weight\":1,\"metadata\":{\"zone\":\"a\"}}";
                    String second = "{\"health_status\":\"Unhealthy\",\"weight\":2,\"metadata\":{}}";
                    byte[] pairs = TestModule.map("10.0.0.1:80", first, "[2001:db8:0:0:0:0:0:1]:8080", second);
                    m.requestHeaders(c -> c.host("proxy_get_upstream_hosts", OUT, OUT + 4).expectText(OUT,
                            new String(pairs, StandardCharsets.ISO_8859_1)));
                    assertGoesOn(request(wasm.start(m)).upstream("Service default/cart:80", "10.0.0.1", 80)
                            .endpoints(new EndpointFacts(address("10.0.0.1", 80), true, 1, Map.of("zone", "a")),
                                    new EndpointFacts(address("2001:db8::1", 8080), false, 2, Map.of()))
                            .requestHead());
                    TestModule none = TestModule.abi("0_2_100");
                    none.requestHeaders(c -> c.hostReturns("proxy_get_upstream_hosts", NOT_FOUND, OUT, OUT + 4));
                    passes(wasm.start(none));
                });
        add("proxy_set_upstream_override_host",
                "Sends the request to this endpoint if its cluster has it and it is healthy; BadArgument for what is not an address with a port (Higress)",
                () -> {
                    TestModule m = TestModule.abi("0_2_100");
                    m.requestHeaders(c -> c.host("proxy_set_upstream_override_host", m.text("10.0.0.1:80"))
                            .hostReturns("proxy_set_upstream_override_host", BAD_ARGUMENT, m.text("10.0.0.1"))
                            .hostReturns("proxy_set_upstream_override_host", BAD_ARGUMENT, m.text("cart:80")));
                    m.responseHeaders(c -> c.hostReturns("proxy_set_upstream_override_host", INTERNAL_FAILURE,
                            m.text("10.0.0.2:80")));
                    TestExchange exchange = passes(wasm.start(m));
                    exchange.upstream("Service default/cart:80", "10.0.0.1", 80);
                    assertGoesOn(exchange.respond(200));
                    assertThat(exchange.overriddenEndpoint()).isEqualTo("10.0.0.1:80");
                });
        add("proxy_inject_encoded_data_to_filter_chain", "Sends bytes of a response's body at any time (Higress)", () -> {
            TestModule m = TestModule.abi("0_2_100");
            m.responseHeaders(c -> {});
            m.responseBody(c -> c.host("proxy_inject_encoded_data_to_filter_chain", m.text("<"), 0)
                    .host("proxy_inject_encoded_data_to_filter_chain", m.text(">"), 1)
                    .hostReturns("proxy_inject_encoded_data_to_filter_chain", INTERNAL_FAILURE, m.text("late"), 0).returns(3));
            TestExchange exchange = passes(wasm.start(m));
            assertGoesOn(exchange.respond(200));
            assertThat(exchange.responseBody("old", true).data()).isEmpty();
            assertThat(exchange.responseSent().text()).isEqualTo("<>");
            assertThat(exchange.responseSent().isOver()).isTrue();
        });
    }
}
