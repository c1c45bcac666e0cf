package io.jigress.proxy.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http1.ConnectionField;
import io.jigress.proxy.http1.HeadWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Heads of requests from header blocks: what is forwarded to HTTP/1, and what is refused before a byte is sent.
class RequestHeadTest {
    private static final String[] GET = {":method: GET", ":scheme: https", ":authority: shop.example", ":path: /a?b"};
    private final Http2Pool pool = new Http2Pool();

    private static String[] get(String... more) {
        String[] all = java.util.Arrays.copyOf(GET, GET.length + more.length);
        System.arraycopy(more, 0, all, GET.length, more.length);
        return all;
    }

    /// The head as it is written to HTTP/1, or the reason why it is refused.
    private String read(HeadLimits limits, boolean last, String... fields) {
        Http2RequestHead head = pool.request(limits, "http");
        byte[] block = Lines.block(fields);
        assertThat(new HpackDecoder(4096).decode(block, 0, block.length, head, pool.scratch)).isTrue();
        FieldFault fault = head.complete(last);
        String result;
        if (fault == null) {
            ByteBuf out = Unpooled.buffer();
            HeadWriter.writeRequest(out, head, head.framing(), ConnectionField.NONE);
            result = out.toString(StandardCharsets.ISO_8859_1);
        } else {
            result = fault.ofClient().detail();
        }
        head.release();
        return result;
    }

    private String read(String... fields) {
        return read(HeadLimits.STANDARD, true, fields);
    }

    @Test
    void aHeadGoesOnAsHttp1() {
        assertThat(read(get("accept: x", "te: trailers")))
                .isEqualTo("GET /a?b HTTP/1.1\r\nhost: shop.example\r\naccept: x\r\n\r\n");
        assertThat(read(":method: POST", ":path: /", ":scheme: http", "host: a:80", "x-b: \u00e9"))
                .isEqualTo("POST / HTTP/1.1\r\nhost: a:80\r\nx-b: \u00e9\r\ncontent-length: 0\r\n\r\n");
        assertThat(read(":method: OPTIONS", ":path: *", ":scheme: http", ":authority: a"))
                .isEqualTo("OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n");
        assertThat(read(HeadLimits.STANDARD, false, get("content-length: 3")))
                .isEqualTo("GET /a?b HTTP/1.1\r\nhost: shop.example\r\ncontent-length: 3\r\n\r\n");
        assertThat(read(HeadLimits.STANDARD, false, get("content-length: 03")))
                .isEqualTo("GET /a?b HTTP/1.1\r\nhost: shop.example\r\ncontent-length: 3\r\n\r\n");
        assertThat(read(HeadLimits.STANDARD, false, get()))
                .isEqualTo("GET /a?b HTTP/1.1\r\nhost: shop.example\r\ntransfer-encoding: chunked\r\n\r\n");
    }

    @Test
    void crumbsOfCookiesBecomeOneLine() {
        assertThat(read(get("cookie: a=1", "cookie: b=2", "cookie: c=3", "accept: x")))
                .endsWith("\r\ncookie: a=1; b=2; c=3\r\naccept: x\r\n\r\n");
        assertThat(read(get("cookie: a=1", "accept: x", "cookie: b=2", "cookie: c=3")))
                .endsWith("\r\naccept: x\r\ncookie: a=1; b=2; c=3\r\n\r\n");
    }

    @Test
    void hostMayRepeatTheAuthorityInAnotherCase() {
        assertThat(read(get("host: Shop.Example"))).isEqualTo("GET /a?b HTTP/1.1\r\nhost: shop.example\r\n\r\n");
        assertThat(read(get("host: shop.example:80"))).isEqualTo("host_mismatch");
        assertThat(read(get("host: other"))).isEqualTo("host_mismatch");
        assertThat(read(":method: GET", ":path: /", ":scheme: http", "host: a", "host: a")).isEqualTo("host_twice");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"X-Upper: 1|field_name", "x y: 1|field_name", "x\u00e9: 1|field_name",
        ": v|field_name", "x: a\\r\\nb|field_value", "x: a\\0|field_value", "x: a\\nb|field_value", "x: a\\tb|ok",
        "x: '\\tb'|field_value", "connection: close|connection_field", "keep-alive: 1|connection_field",
        "proxy-connection: x|connection_field", "transfer-encoding: chunked|connection_field", "upgrade: h2c|connection_field",
        "te: gzip|connection_field", "te: trailers, gzip|connection_field", ":method: GET|pseudo_field", ":path: /|pseudo_field",
        ":authority: a|pseudo_field", ":scheme: http|pseudo_field", ":status: 200|pseudo_field", ":other: 1|pseudo_field",
        ":protocol: websocket|pseudo_field", "content-length: 1|length_mismatch", "content-length: x|length_invalid",
        "content-length: 0, 0|length_invalid", "content-length: +1|length_invalid",
        "content-length: 99999999999999999999|length_invalid"})
    void aFieldThatIsMalformedCostsTheRequest(String field, String expected) {
        String raw = field.replace("\\r", "\r").replace("\\n", "\n").replace("\\0", "\0").replace("\\t", "\t").replace("'", "");
        assertThat(read(get(raw))).startsWith(expected.equals("ok") ? "GET " : expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {":method: GET|:scheme: http|:authority: a|x: 1|target",
        ":method: GET|:scheme: http|:path: /|x: 1|host_missing", ":method: GET|:authority: a|:path: /|x: 1|scheme",
        ":scheme: http|:authority: a|:path: /|x: 1|method", ":method: G T|:scheme: http|:authority: a|:path: /|method",
        ":method: GET|:scheme: ftp|:authority: a|:path: /|scheme", ":method: GET|:scheme: http|:authority: a|:path: x|target",
        ":method: GET|:scheme: http|:authority: a|:path: http://b/|target",
        ":method: GET|:scheme: http|:authority: a|:path: /#f|target",
        ":method: GET|:scheme: http|:authority: a|:path: /a b|target",
        ":method: GET|:scheme: http|:authority: u@a|:path: /|host_invalid",
        ":method: GET|:scheme: http|:authority: a b|:path: /|host_invalid",
        ":method: GET|:scheme: http|x: 1|:authority: a|pseudo_field",

        ":method: GET|:scheme: http|:authority: a|:path: *|target"})
    void pseudoHeaderFieldsAreChecked(String one, String two, String three, String four, String expected) {
        assertThat(read(one, two, three, four)).isEqualTo(expected);
    }

    @Test
    void limitsAreThoseOfHttp1() {
        HeadLimits small = new HeadLimits(16, 400, 40, 6);
        assertThat(read(small, true, get("x: " + "y".repeat(60)))).isEqualTo("field_too_large");
        assertThat(read(small, true, get("a: 1", "b: 1", "c: 1", "d: 1", "e: 1", "f: 1"))).isEqualTo("too_many_fields");
        assertThat(read(small, true, get("aaa: " + "y".repeat(33), "b: " + "y".repeat(33), "c: " + "y".repeat(33), "d: 1")))
                .isEqualTo("head_too_large");
        assertThat(read(small, true, ":method: GET", ":scheme: http", ":authority: a", ":path: /" + "x".repeat(20)))
                .isEqualTo("target_too_long");
        assertThat(read(small, true, get("cookie: " + "y".repeat(20), "cookie: " + "z".repeat(20)))).isEqualTo("field_too_large");
        assertThat(read(small, true, get("a: 1"))).startsWith("GET ");
    }
}
