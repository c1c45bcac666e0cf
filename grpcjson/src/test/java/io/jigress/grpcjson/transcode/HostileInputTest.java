package io.jigress.grpcjson.transcode;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.grpcjson.Protosets;
import io.jigress.grpcjson.descriptor.MessageType;
import io.jigress.grpcjson.descriptor.Schema;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What peers may send: faults are values, and each limit holds.
class HostileInputTest {
    private final Schema schema = Protosets.schema("types");
    private final MessageType type = Objects.requireNonNull(schema.message("types.Everything"));
    private final JsonToProto writer = new JsonToProto(schema, new Limits(100_000, 20, 1_000), false);
    private final ProtoToJson reader = new ProtoToJson(schema, new Limits(100_000, 20, 1_000), Printing.STANDARD, false);

    private Transcoded write(String json) {
        return writer.request(type, new JsonToProto.Place.Whole(), json.getBytes(StandardCharsets.UTF_8), List.of());
    }

    private Invalid fault(String json) {
        return write(json) instanceof Transcoded.Refused(Invalid why) ? why : new Invalid("", "was accepted", false);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            {"anInt32":2147483648}             | anInt32: is 2147483648, which is out of range
            {"anInt32":1.5}                    | anInt32: is "1.5"
            {"anInt64":1e999999999}            | anInt64: is 1e999999999, which is out of range
            {"anInt64":1e-999999999}           | anInt64: is "1e-999999999"
            {"aUint32":-1}                     | aUint32: is -1, which is out of range
            {"aUint64":"18446744073709551616"} | aUint64: is 18446744073709551616, which is out of range
            {"aDouble":1e400}                  | aDouble: is 1e400, which is too large
            {"aFloat":"1d"}                    | aFloat: is "1d"
            {"aBool":"true"}                   | aBool: is a string
            {"color":"BLUE"}                   | color: is "BLUE" (expected: a value of the enum types.Color)
            {"someBytes":"*"}                  | someBytes: is "*" (expected: a string in base64)
            {"children":[{},{"aBool":1}]}      | children[1].aBool: is a number
            {"children":[null]}                | children[0]: is null
            {"childrenByLong":{"x":{}}}        | childrenByLong.x: is "x"
            {"word":"a","figure":1}            | figure: is given beside another field of the same oneof
            {"aBool":true,"a_bool":true}       | a_bool
            {"timestamp":"2026-13-01T00:00:00Z"} | timestamp: is "2026-13-01T00:00:00Z"
            {"duration":"315576000001s"}       | duration: is "315576000001s"
            {"any":{"@type":"nobody"}}         | any.@type: is "nobody"
            {"any":{"a":1}}                    | any: is an Any without @type
            {"aString":"\\ud800"}              | aString: is a string with half of a surrogate pair
            {"aString":"\\x"}                  | aString: is a string with an unknown escape
            {"nobody":1}                       | nobody: is not a field of types.Everything
            {} {}                              | has more text behind the value
            [1]                                | is a list at byte 0 (expected: an object)
            {"aBool"                           | the text ends
            """)
    void aFaultHasItsPlace(String json, String expected) {
        String shown = fault(json).toString();
        assertThat(shown).contains(expected.equals("a_bool") ? "is given twice" : expected);
    }

    @Test
    void depthValuesAndBytesAreLimited() {
        String deep = "{\"child\":".repeat(30) + "{}" + "}".repeat(30);
        assertThat(fault(deep)).matches(Invalid::limit)
                .hasToString("child.".repeat(19) + "child: is nested deeper than 20 levels");
        assertThat(fault("{\"list\":" + "[".repeat(10_000))).matches(Invalid::limit);
        assertThat(fault("{\"bools\":[" + "true,".repeat(1_000) + "true]}")).matches(Invalid::limit);
        assertThat(fault("{\"aString\":\"" + "x".repeat(100_000) + "\"}")).matches(Invalid::limit);
        assertThat(fault("{\"mask\":\"" + "a,".repeat(1_001) + "\"}")).matches(Invalid::limit);
        assertThat(fault("{\"any\":" + "{\"@type\":\"x/google.protobuf.Any\",\"value\":".repeat(15) + "{}" + "}".repeat(16)))
                .matches(Invalid::limit);
    }

    @Test
    void aResponseIsLimitedToo() {
        byte[] many = new byte[2_002];
        for (int i = 0; i < many.length; i += 2) {
            many[i] = 13 << 3;
            many[i + 1] = 1;
        }
        assertThat(reader.json(type, null, many, 0)).isInstanceOfSatisfying(Transcoded.Refused.class,
                refused -> assertThat(refused.why().limit()).isTrue());
        byte[] inner = {};
        for (int i = 0; i < 30; i++) {
            byte[] outer = new byte[inner.length + 3];
            outer[0] = (byte) 0x8a;
            outer[1] = 1;
            outer[2] = (byte) inner.length;
            System.arraycopy(inner, 0, outer, 3, inner.length);
            inner = outer;
        }
        assertThat(reader.json(type, null, inner, 0)).isInstanceOfSatisfying(Transcoded.Refused.class,
                refused -> assertThat(refused.why().limit()).isTrue());
    }

    @Test
    @Tag("suite")
    void noBytesOfEitherSideThrow() {
        byte[] json = "{\"aDouble\":1.5e3,\"children\":[{\"aString\":\"é\\u00e9\"}],\"any\":{\"@type\":\"a/types.Everything\"},\"struct\":{\"a\":[null]}}"
                .getBytes(StandardCharsets.UTF_8);
        byte[] wire = write(new String(json, StandardCharsets.UTF_8)) instanceof Transcoded.Done(byte[] bytes, int length)
                ? Arrays.copyOfRange(bytes, 5, length)
                : new byte[0];
        assertThat(wire).isNotEmpty();
        Random random = new Random(1);
        for (int i = 0; i < 50_000; i++) {
            writer.request(type, new JsonToProto.Place.Whole(), spoilt(json, random), List.of());
            reader.json(type, null, spoilt(wire, random), 0);
        }
    }

    private static byte[] spoilt(byte[] bytes, Random random) {
        byte[] copy = Arrays.copyOf(bytes, bytes.length - random.nextInt(3));
        for (int i = random.nextInt(4); i > 0; i--) {
            copy[random.nextInt(copy.length)] = random.nextBoolean()
                    ? (byte) random.nextInt()
                    : bytes[random.nextInt(bytes.length)];
        }
        return copy;
    }

    @Test
    void aMessageInPartsIsOneMessage() {
        // child { a_bool: true } child { an_int32: 7 }, then the same scalar twice.
        byte[] parts = {(byte) 0x8a, 1, 2, 13 << 3, 1, (byte) 0x8a, 1, 2, 3 << 3, 7, 3 << 3, 1, 3 << 3, 2};
        assertThat(JsonFormatTest.json(reader.json(type, null, parts, 0)))
                .isEqualTo("{\"anInt32\":2,\"child\":{\"anInt32\":7,\"aBool\":true}}");
    }
}
