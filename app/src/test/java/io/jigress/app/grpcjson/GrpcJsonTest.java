package io.jigress.app.grpcjson;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.TestGateway;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Requests with JSON to a server of grpc-java.
@Timeout(60)
class GrpcJsonTest {
    private BookServer server;
    private TestGateway gateway;

    @BeforeEach
    void start() {
        server = BookServer.start();
        gateway = BookGateway.start(server);
        assertThat(gateway.problems()).isEmpty();
    }

    @AfterEach
    void stop() {
        gateway.close();
        server.close();
    }

    private ReceivedResponse send(String method, String target, String body, String... headers) {
        try (TestClient client = TestClient.connect(gateway.port(8080))) {
            return body.isEmpty()
                    ? client.request(method, target, headers)
                    : client.request(method, target, body.getBytes(StandardCharsets.UTF_8), headers);
        }
    }

    private ReceivedResponse get(String target, String... headers) {
        return send("GET", target, "", headers);
    }

    @Test
    void aPathBecomesAMessage() {
        ReceivedResponse response = get("/v1/shelves/1/books/trans%20actions");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.headers().all("content-type")).containsExactly("application/json");
        assertThat(response.headers().all("content-length")).hasSize(1);
        assertThat(response.text()).isEqualTo("{\"name\":\"shelves/1/books/trans actions\",\"title\":\"Transactions\","
                + "\"priceCents\":\"1999\",\"author\":{\"name\":\"J. Gray\",\"born\":\"1152921504606846976\"},"
                + "\"published\":\"2023-11-14T22:13:20Z\"}");
        assertThat(server.lastCall().method()).isEqualTo("shop.Books/GetBook");
        assertThat(get("/v1/books/b").text()).contains("\"name\":\"b\"");
    }

    @Test
    void parametersOfTheQueryBecomeFieldsAtAnyDepth() {
        String text = get("/v1/shelves/1/books?pageSize=3&tags=a&tags=b&author.name=J+G&years=1&author.born=2").text();
        for (String field : new String[] {"page_size: 3", "tags: \\\"a\\\"", "tags: \\\"b\\\"", "name: \\\"J G\\\"", "years: 1",
            "born: 2"}) {
            assertThat(text).contains(field);
        }
        assertThat(get("/v1/shelves/1/titles").text()).startsWith("[{\"name\":\"shelves/1\"");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            POST   | /v1/books                     | {"title":"é","tags":["x"]}       | 200 | {"title":"é","tags":["x"]}
            PATCH  | /v1/shelves/1/books/2         | {"title":"t","price_cents":"7"}  | 200 | {"name":"shelves/1/books/2","title":"t","priceCents":"7"}
            DELETE | /v1/shelves/1/books/2         |                                  | 200 | {}
            PURGE  | /v1/books/2                   |                                  | 200 | {}
            POST   | /v1/sum                       | [{"value":1},{"value":41}]       | 200 | {"value":42}
            POST   | /shop.Books/Internal          | {"value":1}                      | 501 | {"code":12,"message":""}
            POST   | /v1/books                     | {"title":7}                      | 400 | title: is a number at byte 9 (expected: a string)
            POST   | /v1/books                     | {"author":{"born":"x"}}          | 400 | author.born: is \\"x\\" (expected: a whole number of 64 bits)
            POST   | /v1/books                     | {"pages":7}                      | 400 | pages: is not a field of shop.Book
            POST   | /v1/books                     | {"title":"a"                     | 400 | the text ends
            GET    | /v1/shelves/1/books?pages=1   |                                  | 400 | \\"pages\\" is not a field of shop.ListBooksRequest
            GET    | /v1/shelves/1/books?pageSize=x|                                  | 400 | page_size: is \\"x\\"
            GET    | /v2/nothing                   |                                  | 404 | no gRPC method has this path
            """)
    void methodsAndTheirFaults(String method, String target, String body, int status, String text) {
        ReceivedResponse response = send(method, target, body == null ? "" : body);
        assertThat(response.text()).contains(text);
        assertThat(response.status()).isEqualTo(status);
        assertThat(response.headers().all("content-type")).containsExactly("application/json");
    }

    @Test
    void aVerbOfThePathChoosesTheMethod() {
        String text = send("POST", "/v1/shelves/1/books/2:move", "{\"to\":\"shelves/3/books/2\"}").text();
        assertThat(text).contains("\"name\":\"shelves/3/books/2\"").contains("\"title\":\"moved from shelves/1/books/2\"");
    }

    @Test
    void anotherMethodOfThePathIsNotAllowed() {
        ReceivedResponse response = send("PUT", "/v1/books/2", "");
        assertThat(response.status()).isEqualTo(405);
        assertThat(response.headers().all("allow")).containsExactly("GET, PURGE");
    }

    @Test
    void anErrorIsAStatusInJsonWithItsDetails() {
        ReceivedResponse response = get("/v1/shelves/1/books/missing");
        assertThat(response.status()).isEqualTo(404);
        assertThat(response.text()).isEqualTo("{\"code\":5,\"message\":\"no book shelves/1/books/missing\",\"details\":["
                + "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"NO_SUCH_BOOK\",\"domain\":\"shop.example\"}]}");
        assertThat(response.headers().all("grpc-status")).isEmpty();
        ReceivedResponse late = get("/v1/shelves/1/books/late-failure");
        assertThat(late.status()).isEqualTo(400);
        assertThat(late.text()).isEqualTo("{\"code\":9,\"message\":\"schön spät\"}");
    }

    @Test
    void aServerThatCannotBeReachedIsAnErrorInJson() {
        server.close();
        ReceivedResponse response = get("/v1/books/b");
        assertThat(response.status()).isEqualTo(503);
        assertThat(response.text()).startsWith("{\"code\":14,");
    }

    @Test
    void aStreamIsSentAsLinesOrEvents() {
        ReceivedResponse lines = get("/v1/numbers?from=1&to=3");
        assertThat(lines.headers().all("content-type")).containsExactly("application/x-ndjson");
        assertThat(lines.text()).isEqualTo("{\"value\":1}\n{\"value\":2}\n{\"value\":3}\n");
        ReceivedResponse events = get("/v1/numbers?from=1&to=2", "accept: text/event-stream");
        assertThat(events.headers().all("content-type")).containsExactly("text/event-stream");
        assertThat(events.text()).isEqualTo("data: {\"value\":1}\n\ndata: {\"value\":2}\n\n");
        assertThat(send("POST", "/v1/double", "[{\"value\":4},{\"value\":5}]").text())
                .isEqualTo("{\"value\":8}\n{\"value\":10}\n");
    }

    @Test
    void anErrorWithinAStreamIsItsLastRecord() {
        assertThat(get("/v1/numbers?from=1&to=3&fail_at=2").text())
                .isEqualTo("{\"value\":1}\n{\"error\":{\"code\":10,\"message\":\"at 2\"}}\n");
        assertThat(get("/v1/numbers?from=1&to=3&fail_at=2", "accept: text/event-stream").text())
                .isEqualTo("data: {\"value\":1}\n\nevent: error\ndata: {\"code\":10,\"message\":\"at 2\"}\n\n");
        ReceivedResponse atOnce = get("/v1/numbers?from=1&to=3&fail_at=1");
        assertThat(atOnce.status()).isEqualTo(409);
        assertThat(atOnce.text()).isEqualTo("{\"code\":10,\"message\":\"at 1\"}");
    }

    @Test
    void aBodyOfAnotherTypePassesAsHttpBody() {
        ReceivedResponse response = send("POST", "/v1/files/a/b", "<p>hello</p>", "content-type: text/html");
        assertThat(response.headers().all("content-type")).containsExactly("text/html");
        assertThat(response.text()).isEqualTo("<p>hello</p>");
    }

    @Test
    void aBodyThatIsNotJsonIsRefused() {
        assertThat(send("POST", "/v1/books", "{}", "content-type: text/plain").status()).isEqualTo(415);
        assertThat(send("POST", "/v1/books", "{}", "content-type: application/json", "content-encoding: gzip").status())
                .isEqualTo(415);
        assertThat(send("POST", "/v1/books", "[".repeat(200), "content-type: application/json").status()).isEqualTo(400);
        assertThat(send("POST", "/v1/books", "{\"author\":".repeat(200), "content-type: application/json").status())
                .isEqualTo(400);
    }

    @Test
    void aLongMessageComesAsAWhole() {
        assertThat(get("/v1/shelves/1/books/long").text()).contains("\"title\":\"" + "x".repeat(10_000) + "\"");
    }
}
