package io.jigress.grpcjson.transcode;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.grpcjson.Protosets;
import io.jigress.grpcjson.descriptor.MessageType;
import io.jigress.grpcjson.descriptor.Schema;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Messages of a file of edition 2023, whose fields choose their features: presence, packing, delimited messages, closed enums.
class EditionsTest {
    private static final Limits LIMITS = new Limits(1 << 20, 100, 10_000);
    private final Schema schema = Protosets.schema("newer");
    private final MessageType type = Objects.requireNonNull(schema.message("newer.New"));

    /// The bytes are written in hexadecimal: field 1 is `0a`, field 5 as a group begins with `2b` and ends with `2c`.
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            {"present":""}              | 0a00
            {"present":"a"}             | 0a0161
            {"absent":5}                | 1005
            {"packed":[1,2]}            | 1a020102
            {"expanded":[1,2]}          | 20012002
            {"delimited":{"absent":5}}  | 2b10052c
            {"delimited":{}}            | 2b2c
            {"kind":"SECOND"}           | 3002
            {"byName":{"a":{"absent":5}}} | 3a070a016112021005
            {}                          |
            """)
    void featuresDecideHowFieldsAreWrittenAndRead(String json, String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex == null ? "" : hex);
        assertThat(JsonFormatTest.message(new JsonToProto(schema, LIMITS, false), type, json)).isEqualTo(bytes);
        assertThat(json(bytes)).isEqualTo(json);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            18011802   | {"packed":[1,2]}
            22020102   | {"expanded":[1,2]}
            1000       | {}
            """)
    void otherFormsOfTheSameFieldsAreRead(String hex, String json) {
        assertThat(json(HexFormat.of().parseHex(hex))).isEqualTo(json);
    }

    private String json(byte[] bytes) {
        return JsonFormatTest.json(new ProtoToJson(schema, LIMITS, Printing.STANDARD, false).json(type, null, bytes, 0));
    }
}
