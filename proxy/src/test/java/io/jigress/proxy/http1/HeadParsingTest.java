package io.jigress.proxy.http1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http.HopByHop;
import io.jigress.api.HeaderName;
import io.jigress.api.ProxyFailure.Kind;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Which heads are accepted and refused, in whatever parts their bytes arrive.
class HeadParsingTest {
    private static final HeadLimits SMALL = new HeadLimits(32, 256, 64, 4);

    private static final List<String> ACCEPTED = List.of( //
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n", //
            "GET /a/b?c=d?e HTTP/1.1\r\nHost: Shop.Example.:8080\r\nX-A:  b\tc \r\nX-Empty:\r\n\r\nbody that follows",
            "\r\nPOST /p? HTTP/1.1\r\nhost: [2001:DB8::1]:443\r\nContent-Length: 0012\r\nExpect: 100-Continue\r\n\r\n012345678901",
            "PURGE http://User.example:81?x=1 HTTP/1.1\r\nHost: other\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\nTE: gzip, trailers\r\n\r\n",
            "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n",
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", //
            "CONNECT db.example:5432 HTTP/1.1\r\nHost: db.example:5432\r\n\r\n",
            "GET / HTTP/1.7\r\nHost: a\r\nX: \u00fcber\r\n\r\n");

    static Stream<Arguments> refusedRequests() {
        return Stream.of( //
                field(HeadFault.LENGTH_AND_CODING, "Content-Length: 5\r\nTransfer-Encoding: chunked"),
                field(HeadFault.LENGTH_AND_CODING, "Transfer-Encoding: chunked\r\nContent-Length: 5"),
                field(HeadFault.LENGTH_TWICE, "Content-Length: 5\r\nContent-Length: 6"),
                field(HeadFault.LENGTH_TWICE, "Content-Length: 5\r\ncontent-length: 5"),
                field(HeadFault.LENGTH_INVALID, "Content-Length: 5, 5"), field(HeadFault.LENGTH_INVALID, "Content-Length: +5"),
                field(HeadFault.LENGTH_INVALID, "Content-Length: -5"), field(HeadFault.LENGTH_INVALID, "Content-Length: 0x5"),
                field(HeadFault.LENGTH_INVALID, "Content-Length:"), field(HeadFault.LENGTH_INVALID, "Content-Length: 5 5"),
                field(HeadFault.LENGTH_INVALID, "Content-Length: 9223372036854775808"),
                field(HeadFault.LENGTH_INVALID, "Content-Length: 99999999999999999999999"),
                field(HeadFault.CODING_UNSUPPORTED, "Transfer-Encoding: xchunked"),
                field(HeadFault.CODING_UNSUPPORTED, "Transfer-Encoding: chunked, gzip"),
                field(HeadFault.CODING_UNSUPPORTED, "Transfer-Encoding: gzip, chunked"),
                field(HeadFault.CODING_UNSUPPORTED, "Transfer-Encoding: chunked, chunked"),
                field(HeadFault.CODING_UNSUPPORTED, "Transfer-Encoding: ,chunked"),
                field(HeadFault.CODING_UNSUPPORTED, "Transfer-Encoding: identity"),
                field(HeadFault.CODING_UNSUPPORTED, "Transfer-Encoding:"),
                field(HeadFault.CODING_TWICE, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
                field(HeadFault.CODING_TWICE, "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip"),
                Arguments.of(HeadFault.CODING_ON_HTTP_1_0, "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
                field(HeadFault.OBS_FOLD, "X: a\r\n b"), field(HeadFault.OBS_FOLD, "X: a\r\n\tb"),
                Arguments.of(HeadFault.OBS_FOLD, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"), //
                field(HeadFault.SPACE_BEFORE_COLON, "X : a"), field(HeadFault.SPACE_BEFORE_COLON, "Content-Length\t: 5"),
                field(HeadFault.FIELD_WITHOUT_COLON, "X"), field(HeadFault.FIELD_NAME, ": a"),
                field(HeadFault.FIELD_NAME, "X\u00e9: a"),
                field(HeadFault.FIELD_NAME, "X(: a"), //
                field(HeadFault.BARE_CR, "X: a\rb"), field(HeadFault.BARE_CR, "X: a\r\r"), field(HeadFault.BARE_LF, "X: a\nY: b"),
                Arguments.of(HeadFault.BARE_LF, "GET / HTTP/1.1\nHost: a\r\n\r\n"),
                Arguments.of(HeadFault.BARE_LF, "GET / HTTP/1.1\r\nHost: a\r\n\n"),
                Arguments.of(HeadFault.BARE_CR, "GET / HTTP/1.1\rHost: a\r\n\r\n"),
                Arguments.of(HeadFault.BARE_LF, "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
                field(HeadFault.CONTROL_CHARACTER, "X: a\u0000b"), field(HeadFault.CONTROL_CHARACTER, "X: a\u0001"),
                field(HeadFault.CONTROL_CHARACTER, "X: \u007f"), field(HeadFault.CONTROL_CHARACTER, "X\u0000: a"),
                line(HeadFault.CONTROL_CHARACTER, "GET /\u0000 HTTP/1.1"), line(HeadFault.METHOD, "G(T / HTTP/1.1"),
                line(HeadFault.METHOD, " GET / HTTP/1.1"), line(HeadFault.METHOD, "GET"),
                line(HeadFault.METHOD, "GET\t/ HTTP/1.1"),
                line(HeadFault.METHOD, "A".repeat(33) + " / HTTP/1.1"), line(HeadFault.REQUEST_LINE, "GET /"),
                line(HeadFault.REQUEST_LINE, "GET HTTP/1.1"), line(HeadFault.REQUEST_LINE, "GET  HTTP/1.1"),
                line(HeadFault.TARGET, "GET  / HTTP/1.1"),
                line(HeadFault.TARGET, "GET /a b HTTP/1.1"), line(HeadFault.TARGET, "GET / / HTTP/1.1"),
                line(HeadFault.TARGET, "GET /\u00e9 HTTP/1.1"),
                line(HeadFault.TARGET, "GET /a#b HTTP/1.1"), line(HeadFault.TARGET, "GET a HTTP/1.1"),
                line(HeadFault.TARGET, "GET * HTTP/1.1"),
                line(HeadFault.TARGET, "OPTIONS *a HTTP/1.1"), line(HeadFault.TARGET, "GET a.example:80 HTTP/1.1"),
                line(HeadFault.TARGET, "GET ftp://a/ HTTP/1.1"), line(HeadFault.TARGET, "GET http:// HTTP/1.1"),
                line(HeadFault.TARGET, "GET http:///x HTTP/1.1"), line(HeadFault.TARGET, "GET http://u@a/ HTTP/1.1"),
                line(HeadFault.TARGET, "GET http://a:b/ HTTP/1.1"), line(HeadFault.TARGET, "CONNECT a.example HTTP/1.1"),
                line(HeadFault.TARGET, "CONNECT /x HTTP/1.1"), line(HeadFault.VERSION_NOT_SUPPORTED, "GET / HTTP/2.0"),
                line(HeadFault.VERSION, "GET / http/1.1"),
                line(HeadFault.VERSION, "GET / HTTP/1.x"), line(HeadFault.VERSION, "GET / HTTQ/1.1"),
                line(HeadFault.REQUEST_LINE, "GET / HTTP/1.1 "),
                line(HeadFault.REQUEST_LINE, "GET / HTTP/1.11"), //
                Arguments.of(HeadFault.REQUEST_LINE, "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
                Arguments.of(HeadFault.HOST_MISSING, "GET / HTTP/1.1\r\n\r\n"),
                Arguments.of(HeadFault.HOST_MISSING, "GET http://a/ HTTP/1.1\r\n\r\n"),
                field(HeadFault.HOST_TWICE, "host: a"),
                Arguments.of(HeadFault.HOST_TWICE, "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
                host(""), host("a b"), host("a,b"), host("u@a"), host("a/b"), host("a:b"), host("a:65536"), host("a:123456"),
                host("a:-1"), host("a:1:2"),
                host(":80"), host("."), host(".a"), host("a..b"), host("a.."), host("*.a"), host("a%41"), host("\u00fc"),
                host("[::1"), host("::1"),
                host("[::1]x"), host("[::1]:x"), host("[]"), host("[1:2:3:4:5:6:7]"), host("[1:2:3:4:5:6:7:8:9]"),
                host("[1::2::3]"), host("[:::1]"),
                host("[12345::]"), host("[::g]"), host("[::1.2.3]"), host("[::1.2.3.256]"), host("[1.2.3.4]"), host("[1:]"),
                host("[:1:2:3:4:5:6:7:8]"),
                host("[fe80::1%25eth0]"), host("a".repeat(256)), //
                field(HeadFault.CONNECTION_OPTIONS, "Connection: host"),
                field(HeadFault.CONNECTION_OPTIONS, "Connection: close, Content-Length"),
                field(HeadFault.CONNECTION_OPTIONS, "Connection: a b"),
                field(HeadFault.CONNECTION_OPTIONS, "Connection: close;x"),
                field(HeadFault.CONNECTION_OPTIONS, "Connection: " + "a,".repeat(17)));
    }

    private static Arguments field(HeadFault fault, String field) {
        return Arguments.of(fault, "POST /p HTTP/1.1\r\nHost: a\r\n" + field + "\r\n\r\n");
    }

    private static Arguments line(HeadFault fault, String line) {
        return Arguments.of(fault, line + "\r\nHost: a\r\n\r\n");
    }

    private static Arguments host(String host) {
        return Arguments.of(HeadFault.HOST_INVALID, "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    }

    @ParameterizedTest
    @MethodSource("refusedRequests")
    void malformedRequestIsRefusedHoweverItArrives(HeadFault fault, String text) {
        assertThat(Heads.verdict(Heads.newRequest(HeadLimits.STANDARD), text)).isEqualTo("REFUSED " + fault);
        assertThat(fault.ofClient().kind())
                .isEqualTo(fault == HeadFault.VERSION_NOT_SUPPORTED ? Kind.VERSION_NOT_SUPPORTED : Kind.BAD_REQUEST);
        assertThat(fault.ofUpstream().kind()).isEqualTo(Kind.UPSTREAM_BAD_RESPONSE);
        everySplitGives("REFUSED " + fault, text, HeadLimits.STANDARD);
    }

    static Stream<Arguments> refusedResponses() {
        return Stream.of( //
                Arguments.of(HeadFault.STATUS_LINE, "HTTP/1.1 99 x\r\n\r\n"),
                Arguments.of(HeadFault.STATUS_LINE, "HTTP/1.1 600 x\r\n\r\n"),
                Arguments.of(HeadFault.STATUS_LINE, "HTTP/1.1 099 x\r\n\r\n"),
                Arguments.of(HeadFault.STATUS_LINE, "HTTP/1.1 2000 x\r\n\r\n"),
                Arguments.of(HeadFault.STATUS_LINE, "HTTP/1.1 20 x\r\n\r\n"),
                Arguments.of(HeadFault.STATUS_LINE, "HTTP/1.1  200 OK\r\n\r\n"),
                Arguments.of(HeadFault.STATUS_LINE, "HTTP/1.1 200OK\r\n\r\n"),
                Arguments.of(HeadFault.STATUS_LINE, "HTTP/1.1 +20 OK\r\n\r\n"),
                Arguments.of(HeadFault.VERSION, "HTTP/2.0 200 OK\r\n\r\n"),
                Arguments.of(HeadFault.VERSION, "ICYX/1.1 200 OK\r\n\r\n"),
                Arguments.of(HeadFault.STATUS_LINE, "\r\nHTTP/1.1 200 OK\r\n\r\n"),
                Arguments.of(HeadFault.BARE_LF, "HTTP/1.1 200 OK\nX: a\n\n"),
                Arguments.of(HeadFault.LENGTH_AND_CODING,
                        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
                Arguments.of(HeadFault.CODING_UNSUPPORTED, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"),
                Arguments.of(HeadFault.CODING_ON_HTTP_1_0, "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
                Arguments.of(HeadFault.OBS_FOLD, "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n"),
                Arguments.of(HeadFault.CONNECTION_OPTIONS, "HTTP/1.1 200 OK\r\nConnection: content-length\r\n\r\n"));
    }

    @ParameterizedTest
    @MethodSource("refusedResponses")
    void malformedResponseIsRefused(HeadFault fault, String text) {
        assertThat(Heads.verdict(Heads.newResponse(), text)).isEqualTo("REFUSED " + fault);
        assertThat(Heads.verdict(Heads.newResponse(), text, everyByte(text))).isEqualTo("REFUSED " + fault);
    }

    static Stream<Arguments> tooLarge() {
        String start = "GET / HTTP/1.1\r\nHost: a\r\n";
        return Stream.of( //
                Arguments.of(HeadFault.TARGET_TOO_LONG, "GET /" + "a".repeat(32) + " HTTP/1.1\r\nHost: a\r\n\r\n"),
                Arguments.of(HeadFault.TARGET_TOO_LONG, "GET /" + "a".repeat(100)), //
                Arguments.of(HeadFault.FIELD_TOO_LARGE, start + "X: " + "a".repeat(62) + "\r\n\r\n"),
                Arguments.of(HeadFault.FIELD_TOO_LARGE, start + "X: " + "a".repeat(62)), //
                Arguments.of(HeadFault.TOO_MANY_FIELDS, start + "A: \r\nB: \r\nC: \r\nD: \r\n\r\n"),
                Arguments.of(HeadFault.HEAD_TOO_LARGE,
                        start + ("X: " + "a".repeat(59) + "\r\n").repeat(3) + "Y: " + "a".repeat(40)));
    }

    @ParameterizedTest
    @MethodSource("tooLarge")
    void whatIsBeyondALimitIsRefused(HeadFault fault, String text) {
        everySplitGives("REFUSED " + fault, text, SMALL);
    }

    @Test
    void whatIsExactlyAtTheLimitsIsAccepted() {
        String line = "GET /" + "a".repeat(31) + " HTTP/1.1\r\nHost: a\r\n";
        String fields = "X: " + "a".repeat(61) + "\r\nY: " + "a".repeat(61) + "\r\n";
        String last = "Z: " + "a".repeat(256 - "Z: \r\n\r\n".length() - line.length() - fields.length()) + "\r\n\r\n";
        assertThat(Heads.verdict(Heads.newRequest(SMALL), line + fields + last)).startsWith("COMPLETE, left 0");
        assertThat(Heads.verdict(Heads.newRequest(new HeadLimits(32, 255, 64, 4)), line + fields + last))
                .isEqualTo("REFUSED HEAD_TOO_LARGE");
    }

    @Test
    void limitsMapToTheirStatus() {
        assertThat(HeadFault.TARGET_TOO_LONG.ofClient().kind().status()).isEqualTo(414);
        assertThat(List.of(HeadFault.HEAD_TOO_LARGE, HeadFault.FIELD_TOO_LARGE, HeadFault.TOO_MANY_FIELDS))
                .allSatisfy(fault -> assertThat(fault.ofClient().kind().status()).isEqualTo(431));
        assertThat(HeadFault.BARE_LF.ofClient().detail()).isEqualTo("bare_lf");
        assertThat(HeadFault.BARE_LF.ofUpstream().kind().status()).isEqualTo(502);
    }

    static Stream<String> acceptedRequests() {
        return ACCEPTED.stream();
    }

    @ParameterizedTest
    @MethodSource("acceptedRequests")
    void acceptedRequestReadsTheSameHoweverItArrives(String text) {
        String whole = Heads.verdict(Heads.newRequest(HeadLimits.STANDARD), text);
        assertThat(whole).startsWith("COMPLETE, left " + (text.length() - text.indexOf("\r\n\r\n") - 4) + "\n");
        everySplitGives(whole, text, HeadLimits.STANDARD);
    }

    private static void everySplitGives(String expected, String text, HeadLimits limits) {
        assertThat(Heads.verdict(Heads.newRequest(limits), text, everyByte(text))).as("byte by byte").isEqualTo(expected);
        for (int i = 0; i <= text.length(); i++) {
            assertThat(Heads.verdict(Heads.newRequest(limits), text, i)).as("split at %s", i).isEqualTo(expected);
        }
    }

    private static int[] everyByte(String text) {
        return IntStream.range(1, text.length()).toArray();
    }

    @Test
    void factsAreKnownAfterReading() {
        assertThat(ACCEPTED.stream().map(text -> Heads.facts(Heads.request(text)).lines().findFirst().orElseThrow()))
                .containsExactly(
                        "GET / ?  @ a : -1 1.1 -1 truefalsefalsefalse",
                        "GET /a/b ? c=d?e @ shop.example : 8080 1.1 -1 truefalsefalsefalse",
                        "POST /p ?  @ [2001:db8::1] : 443 1.1 12 truetruefalsefalse",
                        "PURGE / ? x=1 @ user.example : 81 1.1 -1 falsefalsefalsefalse",
                        "OPTIONS * ?  @ a : -1 1.1 -2 truefalsefalsetrue", "GET /ws ?  @ a : -1 1.1 -1 truefalsetruefalse",
                        "GET / ?  @  : -1 1.0 -1 truefalsefalsefalse",
                        "CONNECT  ?  @ db.example : 5432 1.1 -1 truefalsefalsefalse",
                        "GET / ?  @ a : -1 1.1 -1 truefalsefalsefalse");
    }

    @Test
    void fieldsAreSeenInOrderWithTheirNamesAsWritten() {
        assertThat(Heads.fields(Heads.request(ACCEPTED.get(1)).headers())).containsExactly("Host: Shop.Example.:8080",
                "X-A: b\tc", "X-Empty: ");
    }

    @Test
    void knownMethodsAreConstants() {
        for (String method : List.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH")) {
            assertThat(Heads.request(method + " / HTTP/1.1\r\nHost: a\r\n\r\n").method()).isSameAs(method);
        }
        assertThat(Heads.request("get / HTTP/1.1\r\nHost: a\r\n\r\n").method()).isEqualTo("get");
        assertThat(Heads.request("PIT / HTTP/1.1\r\nHost: a\r\n\r\n").method()).isEqualTo("PIT");
    }

    @Test
    void absoluteFormReplacesHostAndBecomesOriginForm() {
        Http1RequestHead head = Heads.request("GET HTTP://Right.example:81/x?y HTTP/1.1\r\nHost: wrong\r\nA: b\r\n\r\n");
        assertThat(head.authority()).isEqualTo("Right.example:81");
        assertThat(head.target()).isEqualTo("/x?y");
        assertThat(Heads.written(head)).isEqualTo("GET /x?y HTTP/1.1\r\nA: b\r\nhost: Right.example:81\r\n\r\n");
        assertThat(Heads.request("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n").target()).isEqualTo("*");
    }

    @Test
    void ipv6HostsAreAccepted() {
        for (String host : List.of("[::]", "[::1]", "[1::]", "[1:2:3:4:5:6:7:8]", "[::ffff:1.2.3.4]", "[1:2:3:4:5:6:1.2.3.4]",
                "[fe80::a:b]")) {
            Http1RequestHead head = Heads.request("GET / HTTP/1.1\r\nHost: " + host + ":80\r\n\r\n");
            assertThat(Heads.text(head, head.ranges().hostFrom(), head.ranges().hostTo())).isEqualTo(host);
        }
    }

    @Test
    void responseFramingFollowsStatusAndRequest() {
        assertThat(Heads.response("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n").framing(false, false)).isEqualTo(7);
        assertThat(Heads.response("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n").framing(true, false)).isEqualTo(Framing.NONE);
        assertThat(Heads.response("HTTP/1.1 200 OK\r\n\r\n").framing(false, true)).isEqualTo(Framing.NONE);
        assertThat(Heads.response("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n").framing(false, false))
                .isEqualTo(Framing.CHUNKED);
        assertThat(Heads.response("HTTP/1.0 200 OK\r\n\r\n").framing(false, false)).isEqualTo(Framing.UNTIL_CLOSE);
        for (int status : new int[] {100, 101, 199, 204, 304}) {
            assertThat(Heads.response("HTTP/1.1 " + status + " x\r\nContent-Length: 7\r\n\r\n").framing(false, false))
                    .isEqualTo(Framing.NONE);
        }
        assertThat(Heads.response("HTTP/1.0 200 OK\r\n\r\n").keepAlive()).isFalse();
        assertThat(Heads.response("HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n").keepAlive()).isFalse();
        assertThat(Heads.response("HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n").upgrade()).isTrue();
    }

    @Test
    void upgradeToH2cIsIgnored() {
        String text = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: websocket, H2C\r\nHTTP2-Settings: x\r\n\r\n";
        assertThat(Heads.request(text).upgradeProtocols()).isEmpty();
        assertThat(Heads.written(Heads.request(text))).isEqualTo("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }

    @Test
    void lateCallOfAViewThrows() {
        HeadPool pool = new HeadPool();
        Http1RequestHead head = pool.request(HeadLimits.STANDARD, "http");
        head.append(Heads.buffer(ACCEPTED.getFirst()));
        int generation = head.fields().generation();
        head.release();
        assertThat(head.fields().generation()).isNotEqualTo(generation);
        assertThatThrownBy(head::method).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(head::authority).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> head.fields().first(HeaderName.HOST)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> head.fields().set(HeaderName.HOST, "b")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> head.release()).isInstanceOf(IllegalStateException.class);
        assertThat(pool.request(HeadLimits.STANDARD, "https")).isSameAs(head);
        assertThat(head.scheme()).isEqualTo("https");
    }

    @Test
    void switchedHashesAreThoseOfTheNames() {
        assertThat(new int[] {FieldFacts.HOST_HASH, FieldFacts.EXPECT_HASH, HopByHop.CONNECTION_HASH,
            HopByHop.CONTENT_LENGTH_HASH, HopByHop.TRANSFER_ENCODING_HASH, HopByHop.KEEP_ALIVE_HASH,
            HopByHop.PROXY_CONNECTION_HASH, HopByHop.TE_HASH, HopByHop.TRAILER_HASH, HopByHop.UPGRADE_HASH}).containsExactly(
                    HeaderName.HOST.hash(), FieldFacts.EXPECT.hash(), HeaderName.CONNECTION.hash(),
                    HeaderName.CONTENT_LENGTH.hash(), HeaderName.TRANSFER_ENCODING.hash(), HopByHop.KEEP_ALIVE.hash(),
                    HopByHop.PROXY_CONNECTION.hash(), HopByHop.TE.hash(), HopByHop.TRAILER.hash(), HopByHop.UPGRADE.hash());
    }
}
