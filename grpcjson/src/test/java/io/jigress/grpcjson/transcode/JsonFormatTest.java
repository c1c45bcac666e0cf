package io.jigress.grpcjson.transcode;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.FieldMask;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import io.jigress.grpcjson.Protosets;
import io.jigress.grpcjson.descriptor.MessageType;
import io.jigress.grpcjson.descriptor.Schema;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Our JSON is that of Google's library, in both directions, for messages made at random. Only whole numbers in doubles differ: 1 in place of 1.0, as other
/// languages write them.
@Tag("suite")
class JsonFormatTest {
    private static final Limits LIMITS = new Limits(10 << 20, 100, 1_000_000);
    private static final JsonFormat.TypeRegistry TYPES = JsonFormat.TypeRegistry.newBuilder()
            .add(List.of(Any.getDescriptor(), Value.getDescriptor(), Struct.getDescriptor(), Timestamp.getDescriptor(),
                    FieldMask.getDescriptor()))
            .build();

    @ParameterizedTest
    @CsvSource({"types,Everything,1500", "older,Old,200"})
    void everyMessageHasTheSameJson(String set, String name, int count) throws InvalidProtocolBufferException {
        Schema schema = Protosets.schema(set);
        Descriptor descriptor = Protosets.descriptor(set, name);
        MessageType type = Objects.requireNonNull(schema.message(descriptor.getFullName()));
        JsonFormat.Printer printer = JsonFormat.printer().usingTypeRegistry(TYPES).omittingInsignificantWhitespace();
        JsonFormat.Parser parser = JsonFormat.parser().usingTypeRegistry(TYPES);
        ProtoToJson reader = new ProtoToJson(schema, LIMITS, Printing.STANDARD, false);
        JsonToProto writer = new JsonToProto(schema, LIMITS, false);
        for (int seed = 0; seed < count; seed++) {
            DynamicMessage message = new RandomMessages(seed).make(descriptor, 2);
            String theirs = printer.print(message);
            String ours = json(reader.json(type, null, message.toByteArray(), 0));
            assertThat(ours).as("seed %s", seed).isEqualTo(theirs.replaceAll("\\.0(?=[,}\\]])", ""));

            DynamicMessage.Builder theirParsed = DynamicMessage.newBuilder(descriptor);
            parser.merge(ours, theirParsed);
            byte[] written = message(writer, type, theirs);
            assertThat(printer.print(DynamicMessage.parseFrom(descriptor, written))).as("seed %s", seed)
                    .isEqualTo(printer.print(theirParsed.build()));
            String again = json(reader.json(type, null, written, 0));
            assertThat(again).as("seed %s", seed).isEqualTo(json(reader.json(type, null, theirParsed.build().toByteArray(), 0)));
        }
    }

    static String json(Transcoded result) {
        if (result instanceof Transcoded.Done(byte[] bytes, int length)) {
            return new String(bytes, 0, length, StandardCharsets.UTF_8);
        }
        throw new AssertionError(result);
    }

    static byte[] message(JsonToProto writer, MessageType type, String json) {
        Transcoded result = writer.request(type, new JsonToProto.Place.Whole(), json.getBytes(StandardCharsets.UTF_8), List.of());
        if (result instanceof Transcoded.Done(byte[] bytes, int length)) {
            return Arrays.copyOfRange(bytes, 5, length);
        }
        throw new AssertionError(result + " for " + json);
    }
}
