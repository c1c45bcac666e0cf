package io.jigress.proxy.http1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.proxy.exchange.Replies;
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.ListFields;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.LocalReply;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.api.ListHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// How a head is written: unchanged without edits, else as edited, and never with fields that are for one hop only.
class HeadEditTest {
    private static final String START = "GET /a?b HTTP/1.1\r\nHost: shop\r\n";
    private static final HeaderName X = HeaderName.of("x");
    private static final HeaderName Y = HeaderName.of("y");

    private static Http1RequestHead get(String fields) {
        return Heads.request(START + fields + "\r\n");
    }

    @Test
    void uneditedHeadIsWrittenAsItCame() {
        String text = START + "X-a:1 \r\nCONTENT-length: 5\r\nY:  \t2\r\n\r\n";
        assertThat(Heads.written(Heads.request(text))).isEqualTo(text);
        String chunked = START + "TRANSFER-encoding: chunked\r\nTrailer: X\r\n\r\n";
        assertThat(Heads.written(Heads.request(chunked))).isEqualTo(chunked);
        String response = "HTTP/1.1 404 Gone Fishing\r\nContent-Length: 5\r\nX: y\r\n\r\n";
        assertThat(Heads.written(Heads.response(response), 5, ConnectionField.NONE)).isEqualTo(response);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length:5", "Content-Length: 05", "Content-Length:  5", "Content-Length:\t5",
        "Content-Length: 5 "})
    void anUnusualLengthIsWrittenInOwnWords(String line) {
        assertThat(Heads.written(Heads.request(START + line + "\r\nX: y\r\n\r\n")))
                .isEqualTo(START + "X: y\r\ncontent-length: 5\r\n\r\n");
        assertThat(Heads.written(Heads.request(START + "Content-Length: 0\r\n\r\n"))).contains("Content-Length: 0\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Transfer-Encoding:chunked", "Transfer-Encoding: Chunked", "Transfer-Encoding:\tchunked",
        "Transfer-Encoding: chunked\t"})
    void anUnusualCodingIsWrittenInOwnWords(String line) {
        assertThat(Heads.written(Heads.request(START + line + "\r\nX: y\r\n\r\n")))
                .isEqualTo(START + "X: y\r\ntransfer-encoding: chunked\r\n\r\n");
    }

    @Test
    void oldVersionIsWrittenAsHttp11() {
        assertThat(Heads.written(Heads.request("GET / HTTP/1.0\r\nX: y\r\n\r\n")))
                .isEqualTo("GET / HTTP/1.1\r\nX: y\r\nhost: \r\n\r\n");
        assertThat(Heads.written(Heads.response("HTTP/1.0 200 OK\r\n\r\n"), Framing.CHUNKED, ConnectionField.CLOSE))
                .isEqualTo("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n");
        assertThat(Heads.written(Heads.response("HTTP/1.1 404\r\n\r\n"), 0, ConnectionField.NONE))
                .isEqualTo("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    }

    @Test
    void fieldsForTheHopAreNotWritten() {
        Http1RequestHead head = get("""
                A: 1
                Connection: keep-alive, b, C
                Keep-Alive: 5
                B: 2
                Proxy-Connection: x
                TE: trailers
                c: 3
                Upgrade: websocket
                Transfer-Encoding: chunked
                Connection: transfer-encoding, d
                Trailer: q
                D: 4
                E: 5
                """.replace("\n", "\r\n"));
        assertThat(Heads.written(head, 3, ConnectionField.NONE)).isEqualTo(START + "A: 1\r\nE: 5\r\ncontent-length: 3\r\n\r\n");
    }

    @Test
    void upgradeKeepsItsField() {
        Http1RequestHead head = get("Connection: Upgrade\r\nUpgrade: websocket\r\n");
        assertThat(Heads.written(head, Framing.NONE, ConnectionField.UPGRADE))
                .isEqualTo(START + "Upgrade: websocket\r\nconnection: upgrade\r\n\r\n");
    }

    @Test
    void editsCannotTouchFramingAndConnection() {
        Http1RequestHead head = get("Content-Length: 5\r\n");
        head.headers().set(HeaderName.CONTENT_LENGTH, "999");
        head.headers().add(HeaderName.TRANSFER_ENCODING, "chunked");
        head.headers().add(HeaderName.CONNECTION, "host");
        assertThat(Heads.written(head)).isEqualTo(START + "content-length: 5\r\n\r\n");
        assertThat(head.contentLength()).isEqualTo(5);
    }

    @Test
    void framingIsWrittenAnewWhenItChanged() {
        assertThat(Heads.written(get("Content-Length: 5\r\n"), 1234567890123L, ConnectionField.NONE))
                .isEqualTo(START + "content-length: 1234567890123\r\n\r\n");
        assertThat(Heads.written(get("Content-Length: 5\r\n"), Framing.CHUNKED, ConnectionField.NONE))
                .isEqualTo(START + "transfer-encoding: chunked\r\n\r\n");
        assertThat(Heads.written(get("Content-Length: 5\r\n"), Framing.NONE, ConnectionField.KEEP_ALIVE))
                .isEqualTo(START + "connection: keep-alive\r\n\r\n");
        assertThat(Heads.written(get(""), Framing.NONE, ConnectionField.NONE)).isEqualTo(START + "\r\n");
    }

    @Test
    void valueThatCouldSplitAMessageIsRefusedAndChangesNothing() {
        Http1RequestHead head = get("X: 1\r\n");
        for (String value : List.of("a\rb", "a\nb", "\0", "a\r\nb: c", "\u0100")) {
            assertThatThrownBy(() -> head.headers().set(X, value)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> head.headers().add(X, value)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> head.target("/" + value)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> head.authority("a" + value)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> head.method("A" + value)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new ListHeaders().add(X, value)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(Heads.written(head)).isEqualTo(START + "X: 1\r\n\r\n");
        assertThat(Heads.text(head, head.ranges().hostFrom(), head.ranges().hostTo())).isEqualTo("shop");
    }

    @Test
    void editsBeyondTheirLimitAreABug() {
        Http1RequestHead head = get("");
        assertThatThrownBy(() -> IntStream.range(0, 1000).forEach(i -> head.headers().set(X, "v" + i)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> get("").headers().add(X, "v".repeat(70_000))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void startLineFollowsItsEdits() {
        Http1RequestHead head = get("X: 1\r\n");
        head.target("/new/path?q=1");
        head.method("PUT");
        head.authority("Other.Example.:81");
        assertThat(head.path() + " " + head.query() + " " + head.authority()).isEqualTo("/new/path q=1 Other.Example.:81");
        assertThat(Heads.text(head, head.ranges().hostFrom(), head.ranges().hostTo()) + head.ranges().port())
                .isEqualTo("other.example81");
        assertThat(Heads.written(head)).isEqualTo("PUT /new/path?q=1 HTTP/1.1\r\nX: 1\r\nhost: Other.Example.:81\r\n\r\n");
        Http1ResponseHead response = Heads.response("HTTP/1.1 200 Fine\r\nX: 1\r\n\r\n");
        response.status(503);
        assertThat(Heads.written(response, 0, ConnectionField.NONE))
                .isEqualTo("HTTP/1.1 503 Service Unavailable\r\nX: 1\r\ncontent-length: 0\r\n\r\n");
    }

    @Test
    void pathIsRewrittenInPlace() {
        Http1RequestHead head = Heads.request("GET /old/x?q=1 HTTP/1.1\r\nHost: a\r\n\r\n");
        head.ranges().replacePath(0, 4, Heads.bytes("/a/longer/one"));
        assertThat(head.path() + " " + head.query()).isEqualTo("/a/longer/one/x q=1");
        head.ranges().replacePath(3, head.path().length(), Heads.bytes("z"));
        assertThat(Heads.written(head)).isEqualTo("GET /a/z?q=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    }

    @Test
    void elementIsAppendedToTheLastFieldOfAList() {
        byte[] address = Heads.bytes("10.0.0.1");
        HeaderName name = HeaderName.X_FORWARDED_FOR;
        Http1RequestHead head = get("X-Forwarded-For: a\r\nx-forwarded-for: b, c\r\nX: 1\r\n");
        ListFields.append(head.fields(), name, address, 0, address.length);
        assertThat(Heads.written(head))
                .isEqualTo(START + "X-Forwarded-For: a\r\nX: 1\r\nx-forwarded-for: b, c, 10.0.0.1\r\n\r\n");
        Http1RequestHead none = get("");
        ListFields.append(none.fields(), name, address, 0, address.length);
        assertThat(Heads.written(none)).isEqualTo(START + "x-forwarded-for: 10.0.0.1\r\n\r\n");
        Http1RequestHead empty = get("X-Forwarded-For:\r\n");
        ListFields.append(empty.fields(), name, address, 0, address.length);
        assertThat(Heads.written(empty)).isEqualTo(START + "x-forwarded-for: 10.0.0.1\r\n\r\n");
    }

    @Test
    void valuesCompareLetterByLetter() {
        Headers headers = get("X: Abc\r\n").headers();
        assertThat(headers.equal(X, "Abc")).isTrue();
        assertThat(headers.equal(X, "abc") || headers.equal(X, "Ab") || headers.equal(X, "Abcd") || headers.equal(Y, ""))
                .isFalse();
    }

    @Test
    void headsOfOtherOriginAreWrittenFieldByField() {
        ListHeaders fields = new ListHeaders();
        fields.add("X-A", "1");
        fields.add("Connection", "close");
        fields.add("content-length", "77");
        fields.add("upgrade", "h2c");
        fields.add("host", "wrong");
        RequestHead request = new OtherRequest(fields);
        assertThat(Heads.written(request, Framing.CHUNKED, ConnectionField.NONE))
                .isEqualTo("POST /p?q HTTP/1.1\r\nhost: right\r\nX-A: 1\r\ntransfer-encoding: chunked\r\n\r\n");
        ResponseHead response = new OtherResponse(LocalReply.text(429, "slow", "limited"));
        assertThat(Heads.written(response, 4, ConnectionField.CLOSE)).isEqualTo(
                "HTTP/1.1 429 Too Many Requests\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 4\r\nconnection: close\r\n\r\n");
    }

    /// Random fields, random edits: the view, the written bytes and the result of parsing them agree with a list of pairs.
    @ParameterizedTest
    @MethodSource("seeds")
    void editsAgreeWithASimpleModel(int seed) {
        Random random = new Random(seed);
        List<String[]> model = new ArrayList<>();
        StringBuilder text = new StringBuilder(START);
        model.add(new String[] {"Host", "shop"});
        for (int i = random.nextInt(12); i > 0; i--) {
            String[] field = {name(random), value(random)};
            model.add(field);
            text.append(field[0]).append(random.nextBoolean() ? ":" : ": \t").append(field[1])
                    .append(random.nextBoolean() ? "" : " ").append("\r\n");
        }
        Http1RequestHead head = Heads.request(text.append("\r\n").toString());
        assertThat(Heads.fields(head.headers())).isEqualTo(shown(model));
        assertThat(Heads.written(head)).isEqualTo(text.toString());
        for (int i = random.nextInt(20); i > 0; i--) {
            edit(random, head.headers(), model);
            assertThat(Heads.fields(head.headers())).isEqualTo(shown(model));
        }
        assertThat(Heads.fields(Heads.request(Heads.written(head)).headers())).isEqualTo(shown(model));
        assertThat(Heads.fields(ListHeaders.copyOf(head.headers()))).isEqualTo(shown(model));
        List<String[]> copied = new ArrayList<>(model);
        Headers copy = head.headers().copy();
        for (int i = random.nextInt(20); i > 0; i--) {
            edit(random, copy, copied);
            edit(random, head.headers(), model);
            assertThat(Heads.fields(copy)).isEqualTo(shown(copied));
            assertThat(Heads.fields(head.headers())).isEqualTo(shown(model));
        }
        head.release();
        assertThat(Heads.fields(copy)).isEqualTo(shown(copied));
    }

    private static void edit(Random random, Headers headers, List<String[]> model) {
        HeaderName name = HeaderName.of(name(random));
        String value = value(random);
        switch (random.nextInt(4)) {
            case 0 -> {
                headers.add(name, value);
                model.add(new String[] {name.text(), value});
            }
            case 1 -> {
                headers.set(name, value);
                model.removeIf(field -> field[0].equalsIgnoreCase(name.text()));
                model.add(new String[] {name.text(), value});
            }
            case 2 -> assertThat(headers.remove(name)).isEqualTo(model.removeIf(field -> field[0].equalsIgnoreCase(name.text())));
            default -> {
                String first = model.stream().filter(field -> field[0].equalsIgnoreCase(name.text())).map(field -> field[1])
                        .findFirst().orElse(null);
                assertThat(headers.first(name)).isEqualTo(first);
                assertThat(headers.contains(name)).isEqualTo(first != null);
                for (int from = 0; from <= model.size(); from++) {
                    int least = from;
                    assertThat(headers.indexOf(name, from)).isEqualTo(IntStream.range(0, model.size())
                            .filter(i -> i >= least && model.get(i)[0].equalsIgnoreCase(name.text())).findFirst().orElse(-1));
                }
                assertThat(headers.equal(name, first == null ? value : first)).isEqualTo(first != null);
            }
        }
    }

    private static List<String> shown(List<String[]> model) {
        return model.stream().map(field -> field[0] + ": " + field[1]).toList();
    }

    /// Few names, so that they repeat, in upper and lower case.
    private static String name(Random random) {
        String name = "x-" + (char) ('a' + random.nextInt(5));
        return random.nextBoolean() ? name : name.toUpperCase(Locale.ROOT);
    }

    private static String value(Random random) {
        StringBuilder value = new StringBuilder();
        for (int i = random.nextInt(20); i > 0; i--) {
            value.append((char) (random.nextInt(8) == 0 ? 0xa1 + random.nextInt(0x5e) : 0x21 + random.nextInt(0x5e)));
        }
        return value.toString();
    }

    static IntStream seeds() {
        return IntStream.range(0, 300);
    }

    @Test
    void namesOfEqualHashAreToldApart() {
        HeaderName one = HeaderName.of("a_");
        HeaderName other = HeaderName.of("c!");
        assertThat(one.hash()).isEqualTo(other.hash());
        Headers headers = get("C!: 2\r\n").headers();
        assertThat(headers.contains(one)).isFalse();
        assertThat(headers.remove(one)).isFalse();
        assertThat(headers.first(other)).isEqualTo("2");
    }

    private record OtherRequest(Headers headers) implements RequestHead {
        @Override
        public String rawTarget() {
            return target();
        }

        @Override
        public String method() {
            return "POST";
        }

        @Override
        public String target() {
            return "/p?q";
        }

        @Override
        public String path() {
            return "/p";
        }

        @Override
        public String query() {
            return "q";
        }

        @Override
        public String authority() {
            return "right";
        }

        @Override
        public String scheme() {
            return "http";
        }

        @Override
        public long contentLength() {
            return -1;
        }

        @Override
        public void target(String target) {}

        @Override
        public void authority(String authority) {}

        @Override
        public void method(String method) {}
    }

    private record OtherResponse(LocalReply reply, ListHeaders headers) implements ResponseHead {
        OtherResponse(LocalReply reply) {
            this(reply, new ListHeaders());
            reply.headers().forEach(field -> headers.add(field.getKey(), field.getValue()));
        }

        @Override
        public int status() {
            return reply.status();
        }

        @Override
        public long contentLength() {
            return Replies.bodyLength(reply);
        }

        @Override
        public void status(int status) {}
    }
}
