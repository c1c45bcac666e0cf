package io.jigress.grpcjson.transcode;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.FieldMask;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Message;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/// Messages with any value in any field, among them those at the ends of each type.
final class RandomMessages {
    private static final List<String> TEXTS = List.of("", "a", "schön", "€", "𝒳 and more", "\"\\/\b\f\n\r\t", "\u0001\u001f",
            "a longer text that has more than a hundred and twenty-seven bytes, so that its length needs two bytes on the wire, as the"
                    + " message around it does");

    private final Random random;

    RandomMessages(long seed) {
        random = new Random(seed);
    }

    DynamicMessage make(Descriptor type, int depth) {
        DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
        Set<Object> oneofs = new HashSet<>();
        for (FieldDescriptor field : type.getFields()) {
            boolean nested = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
            if (random.nextInt(3) > 0 && !field.isRequired() || nested && depth == 0
                    || field.getRealContainingOneof() != null && !oneofs.add(field.getRealContainingOneof())) {
                continue;
            }
            if (field.isMapField()) {
                map(message, field, depth);
            } else if (field.isRepeated()) {
                for (int i = random.nextInt(4); i > 0; i--) {
                    message.addRepeatedField(field, value(message, field, depth));
                }
            } else {
                message.setField(field, value(message, field, depth));
            }
        }
        return message.build();
    }

    private void map(DynamicMessage.Builder message, FieldDescriptor field, int depth) {
        Set<Object> keys = new HashSet<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            Message.Builder entry = message.newBuilderForField(field);
            FieldDescriptor key = field.getMessageType().findFieldByNumber(1);
            FieldDescriptor value = field.getMessageType().findFieldByNumber(2);
            Object made = value(entry, key, depth);
            if (keys.add(made)) {
                message.addRepeatedField(field, entry.setField(key, made).setField(value, value(entry, value, depth)).build());
            }
        }
    }

    private Object value(Message.Builder in, FieldDescriptor field, int depth) {
        return switch (field.getJavaType()) {
            case INT -> pick(0, 1, -1, 127, 128, Integer.MAX_VALUE, Integer.MIN_VALUE, random.nextInt());
            case LONG -> pick(0L, 1L, -1L, 1L << 53, (1L << 53) + 1, Long.MAX_VALUE, Long.MIN_VALUE, random.nextLong());
            case FLOAT -> pick(0f, -0f, 1.5f, 1e10f, Float.MAX_VALUE, Float.MIN_VALUE, Float.NaN, Float.NEGATIVE_INFINITY,
                    random.nextFloat());
            case DOUBLE -> pick(0d, -0d, 0.1, 1e22, 123456789.0, Double.MAX_VALUE, Double.MIN_VALUE, Double.NaN,
                    Double.POSITIVE_INFINITY, random.nextDouble());
            case BOOLEAN -> random.nextBoolean();
            case STRING -> TEXTS.get(random.nextInt(TEXTS.size()));
            case BYTE_STRING -> {
                byte[] bytes = new byte[random.nextInt(5)];
                random.nextBytes(bytes);
                yield ByteString.copyFrom(bytes);
            }
            case ENUM -> {
                List<EnumValueDescriptor> values = field.getEnumType().getValues();
                yield random.nextInt(5) == 0 && !field.getEnumType().getFullName().endsWith("NullValue")
                        && !field.getFile().getName().equals("older.proto")
                                ? field.getEnumType().findValueByNumberCreatingIfUnknown(4711)
                                : values.get(random.nextInt(values.size()));
            }
            case MESSAGE -> message(in, field, depth);
        };
    }

    private Message message(Message.Builder in, FieldDescriptor field, int depth) {
        Message known = switch (field.getMessageType().getFullName()) {
            case "google.protobuf.Timestamp" ->
                Timestamp.newBuilder().setSeconds(pick(0L, -62135596800L, 253402300799L, 1_700_000_000L))
                        .setNanos(pick(0, 1, 1_000, 120_000_000, 999_999_999)).build();
            case "google.protobuf.Duration" -> pick(Duration.getDefaultInstance(),
                    Duration.newBuilder().setSeconds(-315_576_000_000L).build(), Duration.newBuilder().setNanos(-1).build(),
                    Duration.newBuilder().setSeconds(3).setNanos(500_000_000).build());
            case "google.protobuf.FieldMask" -> pick(FieldMask.getDefaultInstance(),
                    FieldMask.newBuilder().addPaths("name").addPaths("author.born_in").build());
            case "google.protobuf.Struct" -> json(2).getStructValue();
            case "google.protobuf.Value" -> json(2);
            case "google.protobuf.ListValue" -> ListValue.newBuilder().addValues(json(1)).addValues(json(0)).build();
            case "google.protobuf.Any" -> pick(Any.getDefaultInstance(), Any.pack(json(1)), Any.pack(json(1).getStructValue()),
                    Any.pack(Timestamp.newBuilder().setSeconds(5).build()), Any.pack(Any.pack(FieldMask.getDefaultInstance())));
            default -> null;
        };
        Message.Builder builder = in.newBuilderForField(field);
        return known == null ? make(builder.getDescriptorForType(), depth - 1) : parsed(builder, known);
    }

    private static Message parsed(Message.Builder builder, Message known) {
        try {
            return builder.mergeFrom(known.toByteString()).build();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private Value json(int depth) {
        Value.Builder value = Value.newBuilder();
        return switch (random.nextInt(depth == 0 ? 4 : 6)) {
            case 0 -> value.setNullValue(NullValue.NULL_VALUE).build();
            case 1 -> value.setNumberValue(pick(0d, -1.5, 1e100)).build();
            case 2 -> value.setStringValue(TEXTS.get(random.nextInt(TEXTS.size()))).build();
            case 3 -> value.setBoolValue(random.nextBoolean()).build();
            case 4 -> value.setListValue(ListValue.newBuilder().addValues(json(depth - 1)).addValues(json(depth - 1))).build();
            default -> value.setStructValue(Struct.newBuilder().putFields("a", json(depth - 1)).putFields("€", json(depth - 1)))
                    .build();
        };
    }

    @SafeVarargs
    private <T> T pick(T... values) {
        return values[random.nextInt(values.length)];
    }
}
