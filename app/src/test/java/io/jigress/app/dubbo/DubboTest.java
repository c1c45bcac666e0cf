package io.jigress.app.dubbo;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.TestGateway;
import io.jigress.dubbo.sample.DubboProcess;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Calls of a real provider, configured by YAML.
@Timeout(120)
class DubboTest {
    private static final String MAIN = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: main}
            spec:
              gatewayClassName: jigress
              listeners: [{name: http, port: 8080, protocol: HTTP}]
            ---
            """;
    private static final String ROUTE = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: types}
            spec:
              parentRefs: [{name: main}]
              rules: [{backendRefs: [{group: jigress.io, kind: DubboService, name: types}]}]
            ---
            """;

    private static DubboProcess provider;
    private static int port;
    private TestGateway gateway;

    @BeforeAll
    static void provide() {
        provider = DubboProcess.provider();
        port = Integer.parseInt(provider.await("port"));
    }

    @AfterAll
    static void end() {
        provider.close();
    }

    @BeforeEach
    void start() {
        gateway = TestGateway.start();
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    /// @param origin the source of providers, @param methods of the mapping, both as YAML in flow style
    private static String service(String origin, String methods) {
        return """
                apiVersion: jigress.io/v1
                kind: DubboService
                metadata: {name: types}
                spec:
                  service: io.jigress.dubbo.sample.TypeService
                  version: 1.0.0
                  group: test
                  %s
                  methods: [%s]
                """.formatted(origin, methods);
    }

    private static String fixed() {
        return "endpoints: [{address: 127.0.0.1, port: " + port + "}]";
    }

    private static final String TEXT = "{method: text, path: /text, parameters: [{from: entireBody, type: java.lang.String}]}";
    private static final String TWO = """
            {method: two, path: "/two/{first}", httpMethod: GET, parameters: [{from: path, name: first, type: java.lang.String},
             {from: query, name: n, type: long, default: 5}]}""";

    private ReceivedResponse send(String method, String target, String body, String... headers) {
        try (TestClient client = TestClient.connect(gateway.port(8080))) {
            return client.request(method, target, body.getBytes(StandardCharsets.UTF_8), headers);
        }
    }

    @Test
    void aRequestBecomesACallAndItsResultJson() {
        gateway.apply(MAIN + ROUTE + service(fixed(), TEXT + "," + TWO));
        assertThat(gateway.problems()).isEmpty();
        ReceivedResponse text = send("POST", "/text", "\"é\"", "content-type: application/json");
        assertThat(text.status()).as(text.text()).isEqualTo(200);
        assertThat(text.headers().first("content-type")).isEqualTo("application/json");
        assertThat(new String(text.body(), StandardCharsets.UTF_8)).isEqualTo("\"é\"");
        assertThat(send("GET", "/two/a?n=7", "").text()).isEqualTo("\"a 7\"");
        assertThat(send("GET", "/two/a?n=x", "").status()).isEqualTo(400);
        assertThat(send("GET", "/none", "").status()).isEqualTo(404);
        assertThat(send("GET", "/text", "").status()).isEqualTo(405);
    }

    @Test
    void aBackendAServiceAndARewriteLeadToProviders() {
        gateway.apply(MAIN + service("backendRef: {kind: Backend, name: providers}", TWO) + """
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: providers}
                spec: {protocol: dubbo, endpoints: [{address: 127.0.0.1, port: %d}]}
                ---
                apiVersion: jigress.io/v1
                kind: DubboService
                metadata: {name: of-service}
                spec:
                  service: io.jigress.dubbo.sample.TypeService
                  version: 1.0.0
                  group: test
                  backendRef: {name: providers, port: 20880}
                  methods: [%s]
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: providers}
                spec: {ports: [{port: 20880}]}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: providers-1, labels: {kubernetes.io/service-name: providers}}
                addressType: IPv4
                ports: [{name: "", port: %d}]
                endpoints: [{addresses: [127.0.0.1]}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: types}
                spec:
                  parentRefs: [{name: main}]
                  rules:
                    - matches: [{path: {value: /api}}]
                      filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}]
                      backendRefs: [{group: jigress.io, kind: DubboService, name: types}]
                    - matches: [{path: {value: /two}}]
                      backendRefs: [{group: jigress.io, kind: DubboService, name: of-service}]
                """.formatted(port, TWO, port));
        assertThat(gateway.problems()).isEmpty();
        assertThat(send("GET", "/api/two/a", "").text()).isEqualTo("\"a 5\"");
        assertThat(send("GET", "/two/a", "").text()).isEqualTo("\"a 5\"");
        assertThat(gateway.explain("GET", "http://any/api/two/a").toString()).contains("\"path\":\"/two/a\"")
                .contains("two(java.lang.String first from the path variable, long n from the query parameter)");
    }

    @Test
    void anEditOfAMappingHoldsForTheNextRequestOnTheConnectionThatIsOpen() {
        gateway.apply(MAIN + ROUTE + service(fixed(), TEXT));
        try (TestClient client = TestClient.connect(gateway.port(8080))) {
            assertThat(client.request("POST", "/text", "\"a\"".getBytes(StandardCharsets.UTF_8)).status()).isEqualTo(200);
            gateway.apply(service(fixed(), TWO));
            assertThat(client.request("POST", "/text", "\"a\"".getBytes(StandardCharsets.UTF_8)).status()).isEqualTo(404);
            assertThat(client.request("GET", "/two/b", new byte[0]).text()).isEqualTo("\"b 5\"");
        }
    }

    @Test
    void aMethodWithAnErrorCostsOnlyItself() {
        gateway.apply(MAIN + ROUTE + service(fixed(), TEXT + ", {method: two, path: /two},"
                + " {method: large, path: /large, parameters: [{from: entireBody, type: 'a b'}]}"));
        assertThat(gateway.problems()).map(Object::toString).hasSize(2)
                .anyMatch(problem -> problem
                        .contains("spec.methods[1] no metadata of io.jigress.dubbo.sample.TypeService is known"))
                .anyMatch(problem -> problem.contains("spec.methods[2].parameters[0].type is \"a b\""));
        assertThat(send("POST", "/text", "\"a\"").status()).isEqualTo(200);
        assertThat(send("POST", "/two", "[]").status()).isEqualTo(500);
        assertThat(send("POST", "/large", "1").status()).isEqualTo(500);
    }

    @Test
    void aServiceThatIsNotValidAnswers500AndIsServedWhenItIsMended() {
        gateway.apply(MAIN + ROUTE + service("dns: {host: providers.invalid}", TEXT));
        assertThat(send("POST", "/text", "\"a\"").status()).isEqualTo(500);
        gateway.apply(service(fixed(), TEXT));
        assertThat(gateway.problems()).isEmpty();
        assertThat(send("POST", "/text", "\"a\"").status()).isEqualTo(200);
    }

    @Test
    void anIngressOfHigressCallsWhatItsHttp2RpcSays() {
        gateway.apply("""
                apiVersion: networking.higress.io/v1
                kind: Http2Rpc
                metadata: {name: types, namespace: higress-system}
                spec:
                  dubbo:
                    service: io.jigress.dubbo.sample.TypeService
                    version: 1.0.0
                    group: test
                    methods:
                      - serviceMethod: two
                        httpMethods: [GET]
                        httpPath: /two
                        params:
                          - {paramSource: QUERY, paramKey: first, paramType: java.lang.String}
                          - {paramSource: HEADER, paramKey: x-n, paramType: long}
                      - serviceMethod: boxedInt
                        httpMethods: [POST]
                        httpPath: /integer
                        params: [{paramSource: BODY, paramKey: value, paramType: java.lang.Integer}]
                      - serviceMethod: attachment
                        headersAttach: "x-user,x-tenant"
                        httpMethods: [POST]
                        httpPath: /attachment
                        paramFromEntireBody: {paramType: java.lang.String}
                ---
                apiVersion: networking.higress.io/v1
                kind: Http2Rpc
                metadata: {name: others, namespace: higress-system}
                spec:
                  dubbo:
                    service: io.jigress.dubbo.sample.TypeService
                    version: 1.0.0
                    group: test
                    methods:
                      - serviceMethod: text
                        httpMethods: [POST]
                        httpPath: /text
                        paramFromEntireBody: {paramType: java.lang.String}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: providers}
                spec: {ports: [{port: 20880}]}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: providers-1, labels: {kubernetes.io/service-name: providers}}
                addressType: IPv4
                ports: [{name: "", port: %d}]
                endpoints: [{addresses: [127.0.0.1]}]
                ---
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: types, annotations: {higress.io/rpc-destination-name: types}}
                spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: providers, port: {number: 20880}}}}]}}]}
                ---
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: others, annotations: {higress.io/rpc-destination-name: others}}
                spec: {rules: [{http: {paths: [{path: /text, pathType: Prefix, backend: {service: {name: providers, port: {number: 20880}}}}]}}]}
                """
                .formatted(port));
        assertThat(gateway.problems()).isEmpty();
        assertThat(send("GET", "/two?first=a", "", "x-n: 3").text()).isEqualTo("\"a 3\"");
        assertThat(send("POST", "/integer", "{\"value\":5}").text()).isEqualTo("5");
        assertThat(send("POST", "/attachment", "\"x-user\"", "x-user: u").text()).isEqualTo("\"u\"");
        assertThat(send("POST", "/text", "\"t\"").text()).isEqualTo("\"t\"");
    }

    @Test
    void theAdminPortTellsMappingsAndTheirOpenApiDocuments() {
        gateway.apply(MAIN + ROUTE + service(fixed(), TEXT + "," + TWO));
        assertThat(TestClient.get(gateway.adminPort(), "/dubbo").text()).contains("\"name\": \"types\"",
                "\"request\": \"GET /two/{first}\"");
        assertThat(TestClient.get(gateway.adminPort(), "/dubbo/openapi?name=types").text()).contains("\"openapi\": \"3.1.0\"",
                "\"operationId\": \"text\"");
        assertThat(TestClient.get(gateway.adminPort(), "/dubbo/openapi?name=none").status()).isEqualTo(404);
    }
}
