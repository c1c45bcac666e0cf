package io.jigress.filters.grpcweb;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.HeaderList;
import io.jigress.testkit.TestExchange;
import io.jigress.testkit.TestExchange.BodyResult;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The bytes on the wire, as in gRPC's PROTOCOL-WEB.
class GrpcWebTest {
    private final FilterTester tester = FilterTester.start(new GrpcWebFactory(), "{}");

    private TestExchange call(String type, String... headers) {
        String[] all = new String[headers.length + 1];
        all[0] = "content-type: " + type;
        System.arraycopy(headers, 0, all, 1, headers.length);
        return tester.exchange("POST", "/shop.Cart/Add", all);
    }

    private static String base64(String latin1) {
        return Base64.getEncoder().encodeToString(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @CsvSource({"application/grpc-web,application/grpc", "application/grpc-web+proto,application/grpc+proto",
        "application/grpc-web-text,application/grpc", "application/grpc-web-text+proto,application/grpc+proto",
        "Application/gRPC-Web;v=1,application/grpc;v=1"})
    void aRequestBecomesACallAndItsResponseComesBackInItsFormat(String web, String grpc) {
        TestExchange exchange = call(web);
        exchange.requestHead();
        assertThat(exchange.requestHeaders().all("content-type")).containsExactly(grpc);
        assertThat(exchange.requestHeaders().all("te")).containsExactly("trailers");
        exchange.respond(200, "content-type: " + grpc);
        assertThat(exchange.responseHeaders().all("content-type")).containsExactly(web.toLowerCase(Locale.ROOT));
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/grpc", "application/json", "application/grpc-webx", "application/grpc-web-texts", ""})
    void otherRequestsPassBy(String type) {
        TestExchange exchange = call(type);
        assertThat(exchange.requestHead()).isSameAs(FilterDecision.SKIP_BODY);
        assertThat(exchange.respond(200, "content-type: application/grpc")).isSameAs(FilterDecision.SKIP_BODY);
        assertThat(exchange.responseHeaders().all("content-type")).containsExactly("application/grpc");
    }

    @Test
    void trailersBecomeTheLastFrame() {
        TestExchange exchange = call("application/grpc-web+proto");
        assertThat(exchange.requestHead()).isSameAs(FilterDecision.SKIP_BODY);
        exchange.respond(200, "content-type: application/grpc+proto");
        assertThat(exchange.responseBody("\0\0\0\0\2hi", false))
                .isEqualTo(new BodyResult(FilterDecision.CONTINUE, "\0\0\0\0\2hi"));
        exchange.responseBody("", true);
        exchange.responseTrailers(HeaderList.of("Grpc-Status: 5", "grpc-message: gone", "x-a: b"));
        String lines = "grpc-status: 5\r\ngrpc-message: gone\r\nx-a: b\r\n";
        // The flag 0x80 is not valid UTF-8.
        assertThat(exchange.responseSent().text()).isEqualTo("\uFFFD\0\0\0" + (char) lines.length() + lines);
        assertThat(exchange.responseSent().isOver()).isTrue();
        tester.advance(Duration.ZERO);
        assertThat(exchange.responseSent().text()).endsWith(lines);
    }

    @Test
    void aResponseWithoutTrailersEndsWithAStatus() {
        TestExchange exchange = call("application/grpc-web");
        exchange.requestHead();
        exchange.respond(200, "content-type: application/grpc");
        exchange.responseBody("\0\0\0\0\2hi", true);
        assertThat(exchange.responseSent().isOver()).isFalse();
        tester.advance(Duration.ZERO);
        assertThat(exchange.responseSent().isOver()).isTrue();
        assertThat(exchange.responseSent().text()).contains("grpc-status: 2\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/grpc", "application/grpc+proto"})
    void aHeadThatIsTrailersTooStaysOne(String type) {
        TestExchange exchange = call("application/grpc-web");
        exchange.requestHead();
        assertThat(exchange.respond(200, "content-type: " + type, "grpc-status: 12")).isSameAs(FilterDecision.SKIP_BODY);
        assertThat(exchange.responseHeaders().all("content-type")).containsExactly(type.replace("grpc", "grpc-web"));
        assertThat(exchange.responseHeaders().all("grpc-status")).containsExactly("12");
    }

    @Test
    void aResponseThatIsNotOfGrpcStaysAsItIs() {
        TestExchange exchange = call("application/grpc-web");
        exchange.requestHead();
        assertThat(exchange.respond(503, "content-type: text/html")).isSameAs(FilterDecision.SKIP_BODY);
        assertThat(exchange.responseHeaders().all("content-type")).containsExactly("text/html");
    }

    // ---- the text format

    @Test
    void textIsDecodedInWhateverPartsItComes() {
        String text = base64("\0\0\0\0\4abcd") + base64("\0\0\0\0\1x");
        for (int size = 1; size <= text.length(); size++) {
            TestExchange exchange = call("application/grpc-web-text");
            assertThat(exchange.requestHead()).isSameAs(FilterDecision.CONTINUE);
            StringBuilder decoded = new StringBuilder();
            for (int at = 0; at < text.length(); at += size) {
                int end = Math.min(text.length(), at + size);
                decoded.append(exchange.requestBody(text.substring(at, end), end == text.length()).data());
            }
            assertThat(decoded).hasToString("\0\0\0\0\4abcd\0\0\0\0\1x");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"A", "AA", "AAA", "A===", "AA=A", "AAAA=", "AA-_", "AAA AAAA", "====", "AA=", "AAA=="})
    void whatIsNotBase64IsRefused(String text) {
        TestExchange exchange = call("application/grpc-web-text");
        exchange.requestHead();
        assertThat(exchange.requestBody(text, true).decision()).isInstanceOf(FilterDecision.Reply.class);
    }

    @Test
    void everyPartOfATextResponseIsEncodedByItself() {
        TestExchange exchange = call("application/grpc-web-text");
        exchange.requestHead();
        exchange.respond(200, "content-type: application/grpc");
        assertThat(exchange.responseBody("\0\0\0\0\2hi", false).data()).isEqualTo(base64("\0\0\0\0\2hi"));
        assertThat(exchange.responseBody("x", false).data()).isEqualTo(base64("x"));
        exchange.responseTrailers(HeaderList.of("grpc-status: 0"));
        assertThat(exchange.responseSent().text()).isEqualTo(base64("\u0080\0\0\0\u0010grpc-status: 0\r\n"));
    }

    @Test
    void theAcceptFieldChoosesTextForTheResponse() {
        TestExchange exchange = call("application/grpc-web+proto", "accept: application/grpc-web-text+proto");
        assertThat(exchange.requestHead()).isSameAs(FilterDecision.SKIP_BODY);
        exchange.respond(200, "content-type: application/grpc+proto");
        assertThat(exchange.responseHeaders().all("content-type")).containsExactly("application/grpc-web-text+proto");
    }

    @Test
    void everyTripleOfBytesSurvivesTheDecoder() {
        byte[] all = new byte[256 * 3];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) (i * 7);
        }
        ByteBuf decoded = new Base64Decoder().decode(Unpooled.wrappedBuffer(Base64.getEncoder().encode(all)));
        assertThat(decoded).isEqualTo(Unpooled.wrappedBuffer(all));
    }
}
