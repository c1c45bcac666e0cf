package io.jigress.dubbo;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.api.JsonLimits;
import io.jigress.api.JsonParser;
import io.jigress.api.JsonReader;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.LoadBalancing;
import io.jigress.config.PathMatch;
import io.jigress.config.PersistentMap;
import io.jigress.config.Route;
import io.jigress.config.RouteAction;
import io.jigress.config.RouteMatch;
import io.jigress.config.RouteOptions;
import io.jigress.config.RouteRank;
import io.jigress.config.Traffic;
import io.jigress.config.VirtualHost;
import io.jigress.dubbo.mapping.CompiledService;
import io.jigress.dubbo.mapping.MappingReader;
import io.jigress.dubbo.sample.DubboProcess;
import io.jigress.dubbo.type.ServiceDefinition;
import io.jigress.proxy.ApplyReport;
import io.jigress.proxy.Gateway;
import io.jigress.proxy.ProxySettings;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// From an HTTP client through a gateway to a real provider and back.
@ExtendWith(NoLeaks.class)
@Timeout(120)
class GatewayToDubboTest {
    private static DubboProcess provider;
    private static Gateway gateway;
    private static int port;

    @BeforeAll
    static void start() {
        provider = DubboProcess.provider();
        JsonReader published = JsonReader.of("", json(provider.await("definition")));
        ServiceDefinition definition = ServiceDefinition.read(published);
        port = Integer.parseInt(provider.await("port"));
        DubboServices services = new DubboServices();
        services.put("types", CompiledService.compile(MappingReader.read(JsonReader.of("", json("""
                {"service":"io.jigress.dubbo.sample.TypeService","version":"1.0.0","group":"test","timeout":"5s",
                 "methods":[
                  {"method":"nestedBean","path":"/orders","httpMethod":"PUT"},
                  {"method":"two","path":"/two/{first}","httpMethod":"GET","parameters":[
                     {"from":"path","name":"first"},{"from":"query","name":"n","default":5}]},
                  {"method":"nothing","path":"/nothing"},
                  {"method":"future","path":"/future"},
                  {"method":"overloaded","path":"/int","parameters":[{"from":"entireBody","type":"int"}]},
                  {"method":"overloaded","path":"/integer","parameters":[{"from":"entireBody","type":"java.lang.Integer"}]},
                  {"method":"fails","path":"/fails"},
                  {"method":"attachment","path":"/attachment","attachments":{"headers":["x-user"],"responseHeaders":["answer"]}},
                  {"method":"sleeps","path":"/sleeps"},
                  {"method":"large","path":"/large"}],
                 "errors":{"statuses":{"io.jigress.dubbo.sample.OutOfStock":409}}}"""))), definition));
        services.put("unknown", CompiledService.compile(MappingReader.read(JsonReader.of("", json("""
                {"service":"com.acme.None","methods":[{"method":"a","path":"/unknown/service","parameters":[]}]}"""))), null));
        services.put("nomethod", CompiledService.compile(MappingReader.read(JsonReader.of("", json("""
                {"service":"io.jigress.dubbo.sample.TypeService","version":"1.0.0","group":"test",
                 "methods":[{"method":"none","path":"/nomethod/a","parameters":[{"from":"entireBody","type":"int"}]}]}"""))),
                null));
        services.put("generic",
                CompiledService.compile(
                        MappingReader.read(JsonReader.of("",
                                json("""
                {"service":"io.jigress.dubbo.sample.TypeService","version":"1.0.0","group":"test","invocation":"generic",
                 "methods":[
                  {"method":"nestedBean","path":"/generic/orders","httpMethod":"PUT"},
                  {"method":"fails","path":"/generic/fails"},
                  {"method":"future","path":"/generic/future"},
                  {"method":"nothing","path":"/generic/nothing"}],
                 "json":{"classes":true},
                 "errors":{"statuses":{"io.jigress.dubbo.sample.OutOfStock":409},"otherStatus":502,"messages":true,"classes":true}}"""))),
                        definition));
        services.put("hasty", CompiledService.compile(MappingReader.read(JsonReader.of("", json("""
                {"service":"io.jigress.dubbo.sample.TypeService","version":"1.0.0","group":"test","timeout":"1s",
                 "methods":[{"method":"sleeps","path":"/hasty/sleeps"}]}"""))), definition));
        for (String other : List.of("version", "group")) {
            services.put(other, CompiledService.compile(MappingReader.read(JsonReader.of("", json("""
                    {"service":"io.jigress.dubbo.sample.TypeService","version":"1.0.0","group":"test","%s":"other",
                     "methods":[{"method":"text","path":"/%s/text"}]}""".formatted(other, other).replace(
                    other.equals("version") ? "\"version\":\"1.0.0\"," : "\"group\":\"test\",", "")))), definition));
        }
        gateway = Gateway.start(ProxySettings.DEFAULT.withEventLoops(1), List.of(), List.of(DubboProtocol.of(services)),
                (name, _) -> {
                    throw new AssertionError(name);
                });
        PersistentMap<String, Route> routes = PersistentMap.<String, Route>empty().with("types", route("types", "/"))
                .with("unknown", route("unknown", "/unknown")).with("nomethod", route("nomethod", "/nomethod"));
        for (String more : List.of("generic", "hasty", "version", "group")) {
            routes = routes.with(more, route(more, "/" + more));
        }
        VirtualHost host = new VirtualHost("*", "test", routes, VirtualHost.OnMiss.NOT_FOUND, List.of());
        GatewayConfig config = GatewayConfig.EMPTY;
        for (String more : List.of("generic", "hasty", "version", "group")) {
            config = config.with(cluster(more));
        }
        ApplyReport report = gateway.apply(config
                .with(new Listener("test", "127.0.0.1", 0,
                        new Traffic.Http(PersistentMap.<String, VirtualHost>empty().with("*", host))))
                .with(cluster("types")).with(cluster("unknown")).with(cluster("nomethod")));
        assertThat(report.problems()).isEmpty();
        assertThat(report.faults()).isEmpty();
    }

    private static Json json(String text) {
        return ((JsonParser.Value) JsonParser.parse(text.getBytes(StandardCharsets.UTF_8), JsonLimits.DEFAULT)).json();
    }

    private static Cluster cluster(String service) {
        return new Cluster(service, "Backend test/" + service, "dubbo",
                Json.object().put("service", service).put("frameBytes", 4 << 20)
                        .build(),
                new EndpointRef.Fixed(List.of(Endpoint.of("127.0.0.1", port))), LoadBalancing.ROUND_ROBIN,
                ConnectionLimits.DEFAULT);
    }

    private static Route route(String cluster, String prefix) {
        RouteMatch match = RouteMatch.path(new PathMatch.Prefix(prefix));
        return new Route(cluster, "HTTPRoute test/" + cluster, RouteRank.of(match, 0, "test/" + cluster, 0, 0), match,
                new RouteAction.Forward(List.of(new RouteAction.WeightedCluster(cluster, 1, List.of())),
                        RouteAction.Rewrite.NONE),
                List.of(), RouteOptions.DEFAULT);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        provider.close();
    }

    private static ReceivedResponse send(String method, String target, String body, String... headers) {
        try (TestClient client = TestClient.connect(gateway.boundPort("test"))) {
            return client.request(method, target, body.getBytes(StandardCharsets.UTF_8), headers);
        }
    }

    @Test
    void jsonBecomesACallAndItsResultJson() {
        String order = "{\"id\":9007199254740993,\"weight\":0.1,\"color\":\"GREEN\",\"items\":[{\"name\":\"é\",\"count\":1,\"price\":1.50}]}";
        ReceivedResponse response = send("PUT", "/orders", order, "content-type: application/json");
        assertThat(response.status()).as(response.text()).isEqualTo(200);
        assertThat(response.headers().first("content-type")).isEqualTo("application/json");
        Json.Obj answer = (Json.Obj) json(new String(response.body(), StandardCharsets.UTF_8));
        ((Json.Obj) json(order)).members().forEach((name, value) -> assertThat(answer.members()).containsEntry(name, value));
        assertThat(answer.members()).doesNotContainKey("class");
        assertThat(send("GET", "/two/a%20b?n=7", "").text()).isEqualTo("\"a b 7\"");
        assertThat(send("GET", "/two/a", "").text()).isEqualTo("\"a 5\"");
        assertThat(send("POST", "/int", "5").text()).isEqualTo("\"int 5\"");
        assertThat(send("POST", "/integer", "5").text()).isEqualTo("\"java.lang.Integer 5\"");
        assertThat(send("POST", "/future", "\"later\"").text()).isEqualTo("\"later\"");
        ReceivedResponse nothing = send("POST", "/nothing", "\"x\"");
        assertThat(nothing.status()).isEqualTo(204);
    }

    @Test
    void whatDoesNotFitIsRefused() {
        ReceivedResponse wrong = send("PUT", "/orders", "{\"items\":[{\"count\":\"many\"}]}");
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.text()).contains("\"path\":\"$.items[0].count\"");
        assertThat(send("GET", "/none", "").status()).isEqualTo(404);
        assertThat(send("GET", "/orders", "").status()).isEqualTo(405);
        assertThat(send("GET", "/orders", "").headers().first("allow")).isEqualTo("PUT");
    }

    @Test
    void exceptionsBecomeStatuses() {
        ReceivedResponse declared = send("POST", "/fails", "\"declared\"");
        assertThat(declared.status()).isEqualTo(409);
        assertThat(json(declared.text())).isEqualTo(json("""
                {"error":"exception","status":409,"message":"none left","details":{"article":"a-1","left":0}}"""));
        ReceivedResponse runtime = send("POST", "/fails", "\"runtime\"");
        assertThat(runtime.status()).isEqualTo(500);
        assertThat(runtime.text()).isEqualTo("{\"error\":\"exception\",\"status\":500}");
        assertThat(send("POST", "/fails", "\"timeout\"").status()).isEqualTo(504);
        assertThat(send("POST", "/fails", "\"limit\"").status()).isEqualTo(429);
        assertThat(send("POST", "/fails", "\"forbidden\"").status()).isEqualTo(403);
        assertThat(send("POST", "/fails", "\"network\"").status()).isEqualTo(502);
        assertThat(send("POST", "/fails", "\"provider\"").status()).isEqualTo(503);
        assertThat(send("POST", "/fails", "\"unknown\"").text()).isEqualTo("{\"error\":\"exception\",\"status\":500}");
        ReceivedResponse later = send("POST", "/future", "\"fails\"");
        assertThat(later.status()).isEqualTo(409);
        assertThat(json(later.text())).isEqualTo(json("""
                {"error":"exception","status":409,"message":"none left","details":{"article":"a-2","left":1}}"""));
        assertThat(send("POST", "/unknown/service", "").text()).isEqualTo("{\"error\":\"call_refused\",\"status\":502}");
        assertThat(send("POST", "/nomethod/a", "1").text()).isEqualTo("{\"error\":\"call_refused\",\"status\":502}");
    }

    @Test
    void aGenericCallAnswersAsADirectOneDoes() {
        ReceivedResponse order = send("PUT", "/generic/orders", "{\"id\":5,\"color\":\"GREEN\"}");
        assertThat(order.status()).as(order.text()).isEqualTo(200);
        assertThat(order.text()).contains("\"class\":\"io.jigress.dubbo.sample.Order\"").contains("\"id\":5")
                .contains("\"color\":\"GREEN\"");
        assertThat(send("POST", "/generic/future", "\"later\"").text()).isEqualTo("\"later\"");
        assertThat(send("POST", "/generic/nothing", "\"x\"").status()).isEqualTo(204);
        ReceivedResponse declared = send("POST", "/generic/fails", "\"declared\"");
        assertThat(declared.status()).isEqualTo(409);
        assertThat(json(declared.text())).isEqualTo(json("""
                {"error":"exception","status":409,"message":"none left","class":"io.jigress.dubbo.sample.OutOfStock"}"""));
        ReceivedResponse runtime = send("POST", "/generic/fails", "\"runtime\"");
        assertThat(runtime.status()).isEqualTo(502);
        assertThat(runtime.text()).contains("\"class\":\"java.lang.IllegalStateException\"").contains("a secret of the provider");
    }

    @Test
    void aProviderThatIsLateIsAnsweredForWithinTheTimeout() {
        long begin = System.nanoTime();
        ReceivedResponse late = send("POST", "/hasty/sleeps", "30000");
        assertThat(late.status()).isEqualTo(504);
        assertThat(late.text()).isEqualTo("{\"error\":\"timeout\",\"status\":504}");
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
        assertThat(send("POST", "/hasty/sleeps", "1").text()).isEqualTo("\"slept\"");
    }

    @Test
    void anotherVersionOrGroupIsAnotherService() {
        assertThat(send("POST", "/version/text", "\"x\"").text()).isEqualTo("{\"error\":\"call_refused\",\"status\":502}");
        assertThat(send("POST", "/group/text", "\"x\"").text()).isEqualTo("{\"error\":\"service_not_found\",\"status\":502}");
    }

    @Test
    void attachmentsGoBothWays() {
        ReceivedResponse response = send("POST", "/attachment", "\"x-user\"", "x-user: u-1");
        assertThat(response.text()).isEqualTo("\"u-1\"");
        assertThat(response.headers().first("answer")).isEqualTo("attached");
        assertThat(send("POST", "/attachment", "\"traceparent\"", "traceparent: 00-1-2-01").text()).isEqualTo("\"00-1-2-01\"");
        assertThat(send("POST", "/attachment", "\"sw8\"", "sw8: 1-a").text()).isEqualTo("\"1-a\"");
        assertThat(send("POST", "/attachment", "\"x-other\"", "x-other: o").text()).isEqualTo("null");
    }

    @Test
    void aSlowCallAndALargeAnswerDoNotHoldOthersUp() {
        try (TestClient slow = TestClient.connect(gateway.boundPort("test"))) {
            byte[] body = "700".getBytes(StandardCharsets.UTF_8);
            slow.send(TestClient.head("POST", "/sleeps", "content-length: " + body.length) + "\r\n");
            slow.send(body);
            assertThat(send("POST", "/large", "1000000").body()).hasSize(1_000_002);
            assertThat(send("POST", "/large", "5000000").status()).isEqualTo(502);
            assertThat(send("POST", "/int", "5").text()).isEqualTo("\"int 5\"");
            assertThat(slow.readResponse().text()).isEqualTo("\"slept\"");
        }
    }
}
