package io.jigress.grpcjson;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.HeaderList;
import io.jigress.testkit.TestExchange;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Servers whose responses are not what gRPC or the descriptors say.
class HostileUpstreamTest {
    private static final String GRPC = "content-type: application/grpc";

    private final FilterTester tester = FilterTester.start(new GrpcJsonFactory(),
            "{'descriptorSet': '" + Base64.getEncoder().encodeToString(Protosets.bytes("shop")) + "', 'maxMessageBytes': 1000}");

    private TestExchange sent(String method, String target, String body) {
        TestExchange exchange = tester.exchange(method, target);
        assertThat(exchange.requestHead()).isEqualTo(FilterDecision.HOLD_HEAD);
        assertThat(exchange.requestBody(body, true).decision()).isEqualTo(FilterDecision.CONTINUE);
        return exchange;
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex == null ? "" : hex.replace(" ", ""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            00 00000000                    | grpc-status: 0 | 200 | {}
            00 00000003 120161             | grpc-status: 0 | 200 | {"title":"a"}
                                           | grpc-status: 0 | 500 | {"code":13,"message":"the response has no message"}
            00 0000                        | grpc-status: 0 | 500 | {"code":13,"message":"the response ends within a message"}
            00 00000003 1201               | grpc-status: 0 | 500 | {"code":13,"message":"the response ends within a message"}
            00 00000000 00                 | grpc-status: 0 | 500 | {"code":13,"message":"the response has several messages"}
            00 00000000 00 00000000        | grpc-status: 0 | 500 | {"code":13,"message":"the response has several messages"}
            01 00000000                    | grpc-status: 0 | 500 | {"code":13,"message":"a message of the response is compressed, which was not asked for"}
            00 ffffffff 12                 | grpc-status: 0 | 500 | {"code":13,"message":"a message of the response has 4294967295 bytes, and maxMessageBytes is 1000"}
            00 00000002 12ff               | grpc-status: 0 | 500 | ends within a field
            00 00000003 120180             | grpc-status: 0 | 500 | title: is a string that is not UTF-8
            00 00000002 2207               | grpc-status: 0 | 500 | ends within a field
            00 00000003 220117             | grpc-status: 0 | 500 | author
            00 0000000b 18ffffffffffffffffffff | grpc-status: 0 | 500 | more than ten bytes
            00 00000001 07                 | grpc-status: 0 | 500 | is not a tag
            00 00000002 0b0c               | grpc-status: 0 | 200 | {}
            00 00000002 0b14               | grpc-status: 0 | 500 | a group ends that has not begun
            00 00000000                    | x: y           | 500 | {"code":2,"message":"the response has no status"}
            00 00000000                    | grpc-status: x | 500 | {"code":2,"message":"grpc-status is \\"x\\""}
            00 00000000                    | grpc-status: 77777777777777777777 | 500 | {"code":2
            00 00000000                    | grpc-status: 999 | 500 | {"code":999
            00 00000000                    | grpc-status: -1 | 500 | {"code":2
            """)
    void aResponseThatIsNotOneMessageIsAnError(String body, String trailer, int status, String json) {
        TestExchange exchange = sent("GET", "/v1/books/b", "");
        assertThat(exchange.respond(200, GRPC)).isEqualTo(FilterDecision.HOLD_HEAD);
        HeaderList trailers = HeaderList.of(trailer, "a: b", "grpc-encoding: gzip", "trace: x");
        TestExchange.BodyResult result = exchange.heldResponseBody(bytes(body), trailers);
        assertThat(result.decision()).isEqualTo(FilterDecision.CONTINUE);
        assertThat(result.data()).contains(json);
        assertThat(exchange.response().status()).isEqualTo(status);
        assertThat(exchange.responseHeaders().first(HeaderName.CONTENT_TYPE)).isEqualTo("application/json");
        assertThat(trailers.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"%%%", "AA", "CAUS", "CAUSAf8=", "GgT/////",
        "GiUKI3R5cGUuZ29vZ2xlYXBpcy5jb20vbm9ib2R5Lk5vdGhpbmcSAP8="})
    void detailsThatCannotBeReadAreLeftOut(String details) {
        TestExchange exchange = sent("GET", "/v1/books/b", "");
        exchange.respond(200, GRPC);
        String json = exchange.heldResponseBody(new byte[0],
                HeaderList.of("grpc-status: 5", "grpc-message: no %C3%A9", "grpc-status-details-bin: " + details)).data();
        assertThat(json).startsWith("{\"code\":5").doesNotContain("\uFFFD");
        assertThat(exchange.response().status()).isEqualTo(404);
    }

    /// Two messages, a byte at a time; the response ends after any of them.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStreamThatIsCutOffEndsWithAnError(boolean trailers) {
        byte[] frames = bytes("00 00000002 0801 00 00000002 0802");
        for (int cut = 0; cut <= frames.length; cut++) {
            TestExchange exchange = sent("GET", "/v1/numbers", "");
            assertThat(exchange.respond(200, GRPC)).isEqualTo(FilterDecision.CONTINUE);
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < cut; i++) {
                text.append(exchange.responseBody(new String(frames, i, 1, StandardCharsets.ISO_8859_1), false).data());
            }
            text.append(exchange.responseBody("", true).data());
            if (trailers) {
                exchange.responseTrailers(HeaderList.of("grpc-status: 0"));
            }
            tester.advance(Duration.ZERO);
            text.append(exchange.responseSent().text());
            String error = !trailers ? "{\"error\":{\"code\":2,\"message\":\"the response has no status\"}}\n"
                    : cut % 7 != 0 ? "{\"error\":{\"code\":13,\"message\":\"the response ends within a message\"}}\n" : "";
            assertThat(text.toString()).as("cut after %s bytes", cut)
                    .isEqualTo("{\"value\":1}\n{\"value\":2}\n".substring(0, cut / 7 * 12) + error);
            assertThat(exchange.responseSent().isOver()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"01 00000000, compressed", "00 7f7f7f7f, has 2139062143 bytes", "00 00000001 07, is not a tag"})
    void aStreamEndsWithTheFirstMessageThatCannotBeRead(String bad, String what) {
        TestExchange exchange = sent("GET", "/v1/numbers", "");
        exchange.respond(200, GRPC);
        byte[] frames = bytes("00 00000002 0801" + bad + "00 00000002 0802");
        String passed = exchange.responseBody(new String(frames, StandardCharsets.ISO_8859_1), false).data();
        assertThat(passed + exchange.responseSent().text()).startsWith("{\"value\":1}\n{\"error\":{\"code\":13").contains(what)
                .doesNotContain("\"value\":2");
        assertThat(exchange.responseSent().isOver()).isTrue();
        assertThat(exchange.responseBody("more", false).data()).isEmpty();
        exchange.responseTrailers(HeaderList.of("grpc-status: 0"));
    }

    @Test
    void aResponseOfAnotherTypePassesAsItIs() {
        TestExchange exchange = sent("GET", "/v1/books/b", "");
        assertThat(exchange.respond(502, "content-type: text/html")).isEqualTo(FilterDecision.SKIP_BODY);
        assertThat(exchange.response().status()).isEqualTo(502);
    }
}
