package io.jigress.proxy.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.HeaderName;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Header blocks: the examples of RFC 7541, and both directions against Netty's HPACK.
class HpackTest {
    private static final int TABLE = 4096;

    private static void expect(HpackDecoder decoder, String block, int size, String... fields) {
        assertThat(Lines.decoded(decoder, Lines.hex(block))).containsExactly(fields);
        assertThat(decoder.table().size()).isEqualTo(size);
    }

    // ---- RFC 7541, Appendix C

    @Test
    void literalsAndIndexesOfTheRfc() {
        HpackDecoder decoder = new HpackDecoder(TABLE);
        expect(decoder, "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", 55, "custom-key: custom-header");
        decoder = new HpackDecoder(TABLE);
        expect(decoder, "040c 2f73 616d 706c 652f 7061 7468", 0, ":path: /sample/path");
        expect(decoder, "1008 7061 7373 776f 7264 0673 6563 7265 74", 0, "password: secret");
        expect(decoder, "82", 0, ":method: GET");
    }

    @Test
    void requestsOfTheRfc() {
        HpackDecoder decoder = new HpackDecoder(TABLE);
        expect(decoder, "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", 57, ":method: GET", ":scheme: http", ":path: /",
                ":authority: www.example.com");
        expect(decoder, "8286 84be 5808 6e6f 2d63 6163 6865", 110, ":method: GET", ":scheme: http", ":path: /",
                ":authority: www.example.com", "cache-control: no-cache");
        expect(decoder, "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65", 164, ":method: GET",
                ":scheme: https", ":path: /index.html", ":authority: www.example.com", "custom-key: custom-value");
    }

    @Test
    void requestsOfTheRfcInTheHuffmanCode() {
        HpackDecoder decoder = new HpackDecoder(TABLE);
        expect(decoder, "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", 57, ":method: GET", ":scheme: http", ":path: /",
                ":authority: www.example.com");
        expect(decoder, "8286 84be 5886 a8eb 1064 9cbf", 110, ":method: GET", ":scheme: http", ":path: /",
                ":authority: www.example.com", "cache-control: no-cache");
        expect(decoder, "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", 164, ":method: GET", ":scheme: https",
                ":path: /index.html", ":authority: www.example.com", "custom-key: custom-value");
    }

    @Test
    void responsesOfTheRfcEvictEntries() {
        HpackDecoder decoder = new HpackDecoder(256);
        String location = "location: https://www.example.com";
        expect(decoder, "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad "
                + "1718 63c7 8f0b 97c8 e9ae 82ae 43d3", 222, ":status: 302", "cache-control: private",
                "date: Mon, 21 Oct 2013 20:13:21 GMT", location);
        expect(decoder, "4883 640e ffc1 c0bf", 222, ":status: 307", "cache-control: private",
                "date: Mon, 21 Oct 2013 20:13:21 GMT", location);
        expect(decoder, "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 "
                + "e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07", 215,
                ":status: 200", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:22 GMT", location,
                "content-encoding: gzip", "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
    }

    // ---- what is malformed

    @ParameterizedTest
    @ValueSource(strings = {"80", "c6", "ff", "ffffffffff0f", "40", "4001", "400161", "40016101", "4005616263", "82 20",
        "3fe2ff03", "00 81ff 0161", "00 8401020304 0161", "00 85ffffffff07 0161", "00 81fe 0161", "00 83fffffc 0161", "7f",
        "bf00"})
    void malformedBlocksAreRefused(String block) {
        assertThat(Lines.decoded(new HpackDecoder(TABLE), Lines.hex(block))).containsExactly("malformed");
    }

    @Test
    void theTableFollowsTheSizesThatItsPeerTells() {
        HpackDecoder decoder = new HpackDecoder(TABLE);
        expect(decoder, "400161 0162 400163 0164", 68, "a: b", "c: d");
        expect(decoder, "3f09 be", 34, "c: d");
        expect(decoder, "20 3fe11f 82", 0, ":method: GET");
        // An entry that is longer than the table empties it (RFC 7541, 4.4).
        expect(decoder, "400161 0162 3f", 34, "malformed");
        HpackDecoder small = new HpackDecoder(40);
        expect(small, "400161 0162", 34, "a: b");
        expect(small, "4005 6162636465 05 6162636465", 0, "abcde: abcde");
    }

    // ---- the Huffman code

    @Test
    void everyOctetSurvivesTheHuffmanCode() {
        Random random = new Random(1);
        for (int round = 0; round < 5000; round++) {
            byte[] text = new byte[random.nextInt(60)];
            random.nextBytes(text);
            if (round % 2 == 0) {
                for (int i = 0; i < text.length; i++) {
                    text[i] = (byte) (' ' + (text[i] & 63));
                }
            }
            byte[] coded = new byte[Huffman.encodedLength(text, 0, text.length)];
            assertThat(Huffman.encode(text, 0, text.length, coded, 0)).isEqualTo(coded.length);
            byte[] out = new byte[Huffman.decodedLimit(coded.length) + 3];
            int end = Huffman.decode(coded, 0, coded.length, out, 3);
            assertThat(Arrays.copyOfRange(out, 3, Math.max(3, end))).isEqualTo(text);
        }
    }

    // ---- against another implementation

    static IntStream seeds() {
        return IntStream.range(0, 20);
    }

    private static final List<String> NAMES = List.of("accept", "x-a", "x-long-name-of-a-field", "cache-control", "user-agent",
            "content-type", "set-cookie", "location", "etag", "te", "date", "authorization");

    private static List<String> fields(Random random) {
        List<String> fields = new ArrayList<>();
        for (int i = random.nextInt(12); i >= 0; i--) {
            StringBuilder value = new StringBuilder();
            for (int j = random.nextInt(random.nextInt(10) == 0 ? 600 : 30); j > 0; j--) {
                value.append((char) (random.nextInt(8) == 0 ? 0xa0 + random.nextInt(90) : 'a' + random.nextInt(26)));
            }
            fields.add(NAMES.get(random.nextInt(NAMES.size())) + ": " + (random.nextBoolean() ? "again" : value));
        }
        return fields;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatNettyEncodesIsDecoded(int seed) throws Http2Exception {
        Random random = new Random(seed);
        DefaultHttp2HeadersEncoder netty = new DefaultHttp2HeadersEncoder();
        HpackDecoder decoder = new HpackDecoder(TABLE);
        for (int round = 0; round < 300; round++) {
            List<String> fields = fields(random);
            Http2Headers headers = new DefaultHttp2Headers();
            fields.forEach(
                    field -> headers.add(field.substring(0, field.indexOf(": ")), field.substring(field.indexOf(": ") + 2)));
            if (random.nextInt(20) == 0) {
                netty.maxHeaderTableSize(random.nextInt(TABLE));
            }
            ByteBuf out = Unpooled.buffer();
            netty.encodeHeaders(1, headers, out);
            byte[] block = new byte[out.readableBytes()];
            out.readBytes(block);
            assertThat(Lines.decoded(decoder, block)).containsExactlyInAnyOrderElementsOf(fields);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsEncodedNettyDecodes(int seed) throws Http2Exception {
        Random random = new Random(seed);
        DefaultHttp2HeadersDecoder netty = new DefaultHttp2HeadersDecoder(false, 1 << 20);
        HpackEncoder encoder = new HpackEncoder();
        HpackDecoder own = new HpackDecoder(TABLE);
        HpackScratch scratch = new HpackScratch();
        for (int round = 0; round < 300; round++) {
            if (random.nextInt(20) == 0) {
                encoder.peerLimit(random.nextInt(2 * TABLE));
            }
            List<String> fields = fields(random);
            encoder.begin(scratch);
            encoder.status(100 + random.nextInt(500));
            for (String field : fields) {
                byte[] bytes = Lines.bytes(random.nextInt(4) == 0 ? capitals(field) : field);
                int colon = field.indexOf(": ");
                encoder.field(bytes, 0, colon, colon + 2, bytes.length, HeaderName.hash(bytes, 0, colon));
            }
            encoder.contentLength(random.nextLong(Long.MAX_VALUE));
            byte[] block = Arrays.copyOf(encoder.block(), encoder.length());
            List<String> decoded = new ArrayList<>();
            netty.decodeHeaders(1, Unpooled.wrappedBuffer(block))
                    .forEach(field -> decoded.add(field.getKey() + ": " + text(field.getValue())));
            assertThat(Lines.decoded(own, block).stream().map(HpackTest::utf8).toList())
                    .containsExactlyInAnyOrderElementsOf(decoded);
            assertThat(decoded).containsAll(fields.stream().map(HpackTest::utf8).toList());
        }
        assertThat(encoder.table().count()).isPositive();
    }

    private static String capitals(String field) {
        int colon = field.indexOf(": ");
        return field.substring(0, colon).toUpperCase(java.util.Locale.ROOT) + field.substring(colon);
    }

    private static String text(CharSequence value) {
        StringBuilder latin = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            latin.append((char) (value.charAt(i) & 0xff));
        }
        return latin.toString();
    }

    private static String utf8(String latin) {
        return new String(latin.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.ISO_8859_1);
    }

    @Test
    void aLineThatComesAgainCostsAByte() {
        HpackEncoder encoder = new HpackEncoder();
        HpackScratch scratch = new HpackScratch();
        byte[] line = Lines.bytes("servergateway of the shop");
        int[] lengths = new int[4];
        for (int i = 0; i < 4; i++) {
            encoder.begin(scratch);
            encoder.field(line, 0, 6, 6, line.length, HeaderName.hash(line, 0, 6));
            lengths[i] = encoder.length();
        }
        assertThat(lengths[0]).isGreaterThan(10);
        assertThat(lengths[2]).isEqualTo(1);
        assertThat(lengths[3]).isEqualTo(1);
    }
}
