package io.jigress.dubbo;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.JsonReader;
import io.jigress.dubbo.sample.DubboProcess;
import io.jigress.dubbo.type.ServiceDefinition;
import io.jigress.testkit.ReceivedResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// From an HTTP client through a gateway to a real Triple provider and back.
@ExtendWith(NoLeaks.class)
@Timeout(120)
class GatewayToTripleTest {
    private static final String TARGET = "\"service\":\"io.jigress.dubbo.sample.TypeService\",\"version\":\"1.0.0\",\"group\":\"test\",\"protocol\":\"tri\"";

    private static DubboProcess provider;
    private static TripleGateway gateway;

    private static String methods(String prefix) {
        return """
                "methods":[
                  {"method":"nestedBean","path":"/%1$s/orders","httpMethod":"PUT"},
                  {"method":"two","path":"/%1$s/two/{first}","httpMethod":"GET","parameters":[
                     {"from":"path","name":"first"},{"from":"query","name":"n","default":5}]},
                  {"method":"nothing","path":"/%1$s/nothing"},
                  {"method":"future","path":"/%1$s/future"},
                  {"method":"text","path":"/%1$s/text"},
                  {"method":"fails","path":"/%1$s/fails"},
                  {"method":"attachment","path":"/%1$s/attachment","attachments":{"headers":["x-user"],
                     "fixed":{"tenantId":"t-1"},"responseHeaders":["answer"]}},
                  {"method":"sleeps","path":"/%1$s/sleeps"},
                  {"method":"large","path":"/%1$s/large"}],
                "errors":{"statuses":{"io.jigress.dubbo.sample.OutOfStock":409}}""".formatted(prefix);
    }

    @BeforeAll
    static void start() {
        provider = DubboProcess.provider("tri");
        JsonReader published = JsonReader.of("", TripleGateway.json(provider.await("definition")));
        ServiceDefinition definition = ServiceDefinition.read(published);
        int port = Integer.parseInt(provider.await("port"));
        Map<String, String> mappings = new LinkedHashMap<>();
        mappings.put("direct", "{" + TARGET + ",\"timeout\":\"60s\",\"invocation\":\"direct\"," + methods("direct") + "}");
        mappings.put("generic", "{" + TARGET + ",\"invocation\":\"generic\"," + methods("generic") + "}");
        mappings.put("json", "{" + TARGET + ",\"timeout\":\"60s\",\"serialization\":\"json\"," + methods("json") + "}");
        mappings.put("hasty", "{" + TARGET
                + ",\"timeout\":\"1s\",\"methods\":[{\"method\":\"sleeps\",\"path\":\"/hasty/sleeps\"}]}");
        mappings.put("overloaded", "{" + TARGET
                + """
                ,"methods":[{"method":"overloaded","path":"/overloaded/int","parameters":[{"from":"entireBody","type":"int"}]},
                 {"method":"overloaded","path":"/overloaded/integer","parameters":[{"from":"entireBody","type":"java.lang.Integer"}]}]}""");
        mappings.put("version", "{" + TARGET.replace("1.0.0", "other")
                + ",\"methods\":[{\"method\":\"text\",\"path\":\"/version/text\"}]}");
        gateway = new TripleGateway("tri", port, mappings, definition,
                Map.of("unknown",
                        """
                {"service":"com.acme.None","protocol":"tri","methods":[{"method":"a","path":"/unknown/service","parameters":[]}]}""",
                        "nomethod", "{" + TARGET
                                + """
                        ,"methods":[{"method":"none","path":"/nomethod/a","parameters":[{"from":"entireBody","type":"int"}]}]}"""));
    }

    @AfterAll
    static void stop() {
        gateway.close();
        provider.close();
    }

    private static ReceivedResponse post(String target, String body, String... headers) {
        return gateway.send("POST", target, body, headers);
    }

    private static String text(ReceivedResponse response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct", "generic", "json"})
    void jsonBecomesACallAndItsResultJson(String way) {
        assertThat(text(post("/" + way + "/text", "\"é中\""))).isEqualTo("\"é中\"");
        assertThat(text(gateway.send("GET", "/" + way + "/two/a%20b?n=7", ""))).isEqualTo("\"a b 7\"");
        assertThat(text(gateway.send("GET", "/" + way + "/two/a", ""))).isEqualTo("\"a 5\"");
        assertThat(post("/" + way + "/nothing", "\"x\"").status()).isEqualTo(204);
        assertThat(text(post("/" + way + "/future", "\"later\""))).isEqualTo("\"later\"");
        assertThat(post("/" + way + "/sleeps", "\"x\"").status()).isEqualTo(400);
        assertThat(post("/" + way + "/large", "1000000").body()).hasSize(1_000_002);
        assertThat(post("/" + way + "/large", "5000000").status()).isEqualTo(502);
        assertThat(text(post("/" + way + "/text", "\"after it\""))).isEqualTo("\"after it\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct", "generic", "json"})
    void attachmentsAndTraceContextGoBothWays(String way) {
        ReceivedResponse response = post("/" + way + "/attachment", "\"x-user\"", "x-user: u-1");
        assertThat(text(response)).isEqualTo("\"u-1\"");
        assertThat(response.headers().first("answer")).isEqualTo("attached");
        assertThat(text(post("/" + way + "/attachment", "\"tenantId\""))).isEqualTo("\"t-1\"");
        assertThat(text(post("/" + way + "/attachment", "\"traceparent\"", "traceparent: 00-1-2-01"))).isEqualTo("\"00-1-2-01\"");
        assertThat(text(post("/" + way + "/attachment", "\"sw8\"", "sw8: 1-a"))).isEqualTo("\"1-a\"");
        assertThat(text(post("/" + way + "/attachment", "\"x-other\"", "x-other: o"))).isIn("null", "");
    }

    @Test
    void exceptionsBecomeStatuses() {
        ReceivedResponse declared = post("/direct/fails", "\"declared\"");
        assertThat(declared.status()).isEqualTo(409);
        assertThat(TripleGateway.json(declared.text())).isEqualTo(TripleGateway.json("""
                {"error":"exception","status":409,"message":"none left","details":{"article":"a-1","left":0}}"""));
        assertThat(post("/direct/future", "\"fails\"").status()).isEqualTo(409);
        ReceivedResponse runtime = post("/direct/fails", "\"runtime\"");
        assertThat(runtime.text()).isEqualTo("{\"error\":\"exception\",\"status\":500}");
        assertThat(post("/direct/fails", "\"timeout\"").status()).isEqualTo(504);
        assertThat(post("/direct/fails", "\"limit\"").status()).isEqualTo(429);
        assertThat(post("/direct/fails", "\"forbidden\"").status()).isEqualTo(403);
        assertThat(post("/direct/fails", "\"network\"").status()).isEqualTo(502);
        assertThat(post("/direct/fails", "\"provider\"").status()).isEqualTo(503);
        assertThat(post("/direct/fails", "\"unknown\"").status()).isEqualTo(500);
        assertThat(post("/generic/fails", "\"declared\"").status()).isEqualTo(409);
        assertThat(post("/json/fails", "\"declared\"").text()).isEqualTo("{\"error\":\"exception\",\"status\":500}");
    }

    @ParameterizedTest
    @CsvSource({"timeout,504,timeout", "forbidden,403,forbidden", "limit,503,unavailable", "network,503,unavailable",
        "provider,500,exception", "unknown,500,exception", "runtime,500,exception"})
    void anExceptionOfACallInJsonHasTheStatusOfItsKind(String how, int status, String error) {
        assertThat(post("/json/fails", "\"" + how + "\"").text())
                .isEqualTo("{\"error\":\"" + error + "\",\"status\":" + status + "}");
    }

    @Test
    void anOverloadIsChosenByTypes() {
        assertThat(post("/overloaded/int", "5").text()).isEqualTo("\"int 5\"");
        assertThat(post("/overloaded/integer", "5").text()).isEqualTo("\"java.lang.Integer 5\"");
    }

    @Test
    void aServiceThatTheProviderDoesNotHaveIsToldFromAMethod() {
        assertThat(post("/unknown/service", "").text()).isEqualTo("{\"error\":\"service_not_found\",\"status\":502}");
        // Dubbo 3.3 ends a call of an unknown method with UNKNOWN.
        assertThat(post("/nomethod/a", "5").text()).isEqualTo("{\"error\":\"exception\",\"status\":500}");
    }

    @Test
    void aProviderThatIsLateIsAnsweredForWithinTheTimeout() {
        long begin = System.nanoTime();
        assertThat(post("/hasty/sleeps", "30000").text()).isEqualTo("{\"error\":\"timeout\",\"status\":504}");
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
        assertThat(post("/hasty/sleeps", "1").text()).isEqualTo("\"slept\"");
    }

    @Test
    void aProviderFallsBackToTheVersionThatItHas() {
        assertThat(post("/version/text", "\"5\"").text()).isEqualTo("\"5\"");
    }
}
