package io.jigress.grpcjson.transcode;

import io.jigress.grpcjson.descriptor.Field;
import io.jigress.grpcjson.descriptor.Kind;
import io.jigress.grpcjson.descriptor.MessageType;
import io.jigress.grpcjson.descriptor.WellKnown;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// Writes a message of the wire as JSON.
final class MessageReader {
    private final byte[] bytes;
    private final ProtoInput in;
    private final JsonOutput out;
    private final FieldIndex index;
    private final Limits limits;
    private final Printing printing;
    private final ProtoToJson types;
    private int depth;

    MessageReader(ProtoToJson types, byte[] bytes, JsonOutput out, FieldIndex index, int depth) {
        this.types = types;
        this.bytes = bytes;
        this.in = new ProtoInput(bytes);
        this.out = out;
        this.index = index;
        this.limits = types.limits();
        this.printing = types.printing();
        this.depth = depth;
    }

    void message(MessageType type, int from, int to) throws Fault {
        if (++depth > limits.depth()) {
            throw Fault.limit("is nested deeper than " + limits.depth() + " levels");
        }
        int base = enter(type, from, to);
        if (type.wellKnown() == WellKnown.NONE) {
            out.raw('{');
            members(type, base, false);
            out.raw('}');
        } else {
            new WellKnownReader(this, type, base).write();
        }
        index.leave(base);
        depth--;
    }

    private int enter(MessageType type, int from, int to) throws Fault {
        in.range(from, to);
        return index.enter(type, in);
    }

    /// @param comma whether members were written before
    void members(MessageType type, int base, boolean comma) throws Fault {
        boolean more = comma;
        for (Field field : type.fields()) {
            int first = index.first(base, field);
            if (first == FieldIndex.NONE
                    ? !printing.defaults() || field.hasPresence()
                    : isHidden(type, base, field)) {
                continue;
            }
            if (more) {
                out.raw(',');
            }
            more = true;
            out.raw(field.key(printing.originalNames()));
            try {
                if (first == FieldIndex.NONE) {
                    absent(field);
                } else {
                    field(base, field);
                }
            } catch (Fault fault) {
                throw fault.within(field.jsonName());
            }
        }
    }

    /// Whether a field has no JSON: another one of its oneof came after it, or it has the default value that is not shown.
    private boolean isHidden(MessageType type, int base, Field field) throws Fault {
        int last = index.last(base, field);
        if (field.oneof() >= 0) {
            for (Field other : type.fields()) {
                if (other.oneof() == field.oneof() && index.last(base, other) > last) {
                    return true;
                }
            }
        }
        if (field.isRepeated()) {
            return !printing.defaults() && !field.isMap() && isEmptyList(base, field);
        }
        return !field.hasPresence() && !printing.defaults() && isDefault(field, last);
    }

    private boolean isEmptyList(int base, Field field) {
        for (int at = index.first(base, field); at != FieldIndex.NONE; at = index.next(at)) {
            if (!index.isPacked(at) || index.end(at) > index.begin(at)) {
                return false;
            }
        }
        return true;
    }

    private boolean isDefault(Field field, int occurrence) throws Fault {
        int begin = index.begin(occurrence);
        int end = index.end(occurrence);
        return switch (field.kind().wireType()) {
            case 2 -> begin == end;
            case 0 -> {
                in.range(begin, end);
                long value = in.varint();
                yield value == 0 || (int) value == 0 && is32(field.kind());
            }
            default -> isZero(begin, end);
        };
    }

    private boolean isZero(int begin, int end) {
        for (int i = begin; i < end; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean is32(Kind kind) {
        return kind == Kind.INT32 || kind == Kind.UINT32 || kind == Kind.SINT32 || kind == Kind.ENUM;
    }

    /// The value that a field has when it is not there.
    void absent(Field field) throws Fault {
        if (field.isMap()) {
            out.ascii("{}");
        } else if (field.isRepeated()) {
            out.ascii("[]");
        } else {
            switch (field.kind()) {
                case STRING, BYTES -> out.ascii("\"\"");
                case BOOL -> out.ascii("false");
                case INT64, UINT64, SINT64, FIXED64, SFIXED64 -> out.ascii("\"0\"");
                case ENUM -> enumValue(field, field.enumType().first());
                case MESSAGE, GROUP -> message(field.message(), 0, 0);
                case DOUBLE, FLOAT, INT32, UINT32, SINT32, FIXED32, SFIXED32 -> out.raw('0');
            }
        }
    }

    /// The value of a field that is there.
    void field(int base, Field field) throws Fault {
        if (field.isMap()) {
            map(base, field);
        } else if (field.isRepeated()) {
            list(base, field);
        } else if (field.kind().isMessage()) {
            single(base, field);
        } else {
            int last = index.last(base, field);
            in.range(index.begin(last), index.end(last));
            scalar(field);
        }
    }

    /// Several occurrences of a message that is not repeated are parts of one message.
    private void single(int base, Field field) throws Fault {
        int first = index.first(base, field);
        int last = index.last(base, field);
        if (first == last) {
            message(field.message(), index.begin(first), index.end(first));
            return;
        }
        int total = 0;
        for (int at = first; at != FieldIndex.NONE; at = index.next(at)) {
            total += index.end(at) - index.begin(at);
        }
        byte[] merged = new byte[total];
        int to = 0;
        for (int at = first; at != FieldIndex.NONE; at = index.next(at)) {
            int length = index.end(at) - index.begin(at);
            System.arraycopy(bytes, index.begin(at), merged, to, length);
            to += length;
        }
        new MessageReader(types, merged, out, index, depth).message(field.message(), 0, merged.length);
    }

    private void list(int base, Field field) throws Fault {
        out.raw('[');
        int item = 0;
        try {
            for (int at = index.first(base, field); at != FieldIndex.NONE; at = index.next(at)) {
                int begin = index.begin(at);
                int end = index.end(at);
                if (!index.isPacked(at)) {
                    if (item > 0) {
                        out.raw(',');
                    }
                    value(field, begin, end);
                    item++;
                    continue;
                }
                in.range(begin, end);
                while (!in.isAtEnd()) {
                    index.count();
                    if (item++ > 0) {
                        out.raw(',');
                    }
                    scalar(field);
                }
            }
        } catch (Fault fault) {
            throw fault.within(item);
        }
        out.raw(']');
    }

    private void value(Field field, int begin, int end) throws Fault {
        if (field.kind().isMessage()) {
            message(field.message(), begin, end);
        } else {
            in.range(begin, end);
            scalar(field);
        }
    }

    /// Entries in the order in which their keys came first; the last entry of a key is shown.
    private void map(int base, Field field) throws Fault {
        Field key = field.message().require(1);
        Field value = field.message().require(2);
        Map<String, Integer> entries = new LinkedHashMap<>();
        for (int at = index.first(base, field); at != FieldIndex.NONE; at = index.next(at)) {
            int entry = enter(field.message(), index.begin(at), index.end(at));
            entries.put(key(entry, key), at);
            index.leave(entry);
        }
        out.raw('{');
        boolean more = false;
        for (Map.Entry<String, Integer> each : entries.entrySet()) {
            if (more) {
                out.raw(',');
            }
            more = true;
            out.string(each.getKey());
            out.raw(':');
            int at = each.getValue();
            int entry = enter(field.message(), index.begin(at), index.end(at));
            try {
                if (index.first(entry, value) == FieldIndex.NONE) {
                    absent(value);
                } else {
                    field(entry, value);
                }
            } catch (Fault fault) {
                throw fault.within(Texts.shown(each.getKey()));
            }
            index.leave(entry);
        }
        out.raw('}');
    }

    private String key(int entry, Field key) throws Fault {
        int last = index.last(entry, key);
        if (last == FieldIndex.NONE) {
            return switch (key.kind()) {
                case STRING -> "";
                case BOOL -> "false";
                default -> "0";
            };
        }
        int begin = index.begin(last);
        int end = index.end(last);
        if (key.kind() == Kind.STRING) {
            for (int i = begin; i < end;) {
                int length = bytes[i] >= 0 ? 1 : Utf8.length(bytes, i, end);
                if (length == 0) {
                    throw new Fault("has a key that is not UTF-8");
                }
                i += length;
            }
            return new String(bytes, begin, end - begin, StandardCharsets.UTF_8);
        }
        in.range(begin, end);
        return switch (key.kind()) {
            case BOOL -> Boolean.toString(in.varint() != 0);
            case INT32 -> Integer.toString(low(in.varint()));
            case UINT32 -> Integer.toUnsignedString((int) in.varint());
            case INT64 -> Long.toString(in.varint());
            case UINT64 -> Long.toUnsignedString(in.varint());
            case SINT32 -> Integer.toString(low(zigzag(in.varint() & 0xffff_ffffL)));
            case SINT64 -> Long.toString(zigzag(in.varint()));
            case FIXED32 -> Integer.toUnsignedString(in.fixed32());
            case SFIXED32 -> Integer.toString(in.fixed32());
            case FIXED64 -> Long.toUnsignedString(in.fixed64());
            case SFIXED64 -> Long.toString(in.fixed64());
            case DOUBLE, FLOAT, ENUM, STRING, BYTES, MESSAGE, GROUP -> throw new Fault("has keys of the type " + key.kind());
        };
    }

    private static long zigzag(long value) {
        return value >>> 1 ^ -(value & 1);
    }

    /// The number of 32 bits that a longer one is read as.
    private static int low(long value) {
        return (int) value;
    }

    /// The scalar at which the input stands.
    private void scalar(Field field) throws Fault {
        switch (field.kind()) {
            case DOUBLE -> out.real(Double.longBitsToDouble(in.fixed64()));
            case FLOAT -> out.real(Float.intBitsToFloat(in.fixed32()));
            case INT32 -> out.integer(low(in.varint()));
            case UINT32 -> out.integer(in.varint() & 0xffff_ffffL);
            case SINT32 -> out.integer(low(zigzag(in.varint() & 0xffff_ffffL)));
            case FIXED32 -> out.integer(in.fixed32() & 0xffff_ffffL);
            case SFIXED32 -> out.integer(in.fixed32());
            case INT64 -> signed(in.varint());
            case SINT64 -> signed(zigzag(in.varint()));
            case SFIXED64 -> signed(in.fixed64());
            case UINT64 -> unsigned(in.varint());
            case FIXED64 -> unsigned(in.fixed64());
            case BOOL -> out.ascii(in.varint() != 0 ? "true" : "false");
            case ENUM -> enumValue(field, low(in.varint()));
            case STRING -> out.string(bytes, in.at(), in.end());
            case BYTES -> out.base64(bytes, in.at(), in.end());
            case MESSAGE, GROUP -> throw new IllegalStateException(field.name() + " is no scalar");
        }
    }

    private void signed(long value) throws Fault {
        out.raw('"');
        out.integer(value);
        out.raw('"');
    }

    private void unsigned(long value) throws Fault {
        out.raw('"');
        out.unsigned(value);
        out.raw('"');
    }

    private void enumValue(Field field, int number) throws Fault {
        if (field.enumType().isNullValue()) {
            out.ascii("null");
            return;
        }
        byte[] name = printing.enumNumbers() ? null : field.enumType().quotedName(number);
        if (name == null) {
            out.integer(number);
        } else {
            out.raw(name);
        }
    }

    // ---- for messages with a form of their own

    ProtoToJson types() {
        return types;
    }

    JsonOutput out() {
        return out;
    }

    FieldIndex index() {
        return index;
    }

    byte[] bytes() {
        return bytes;
    }

    /// The number in a field; 0 when it is not there.
    long number(int base, Field field) throws Fault {
        int last = index.last(base, field);
        if (last == FieldIndex.NONE) {
            return 0;
        }
        in.range(index.begin(last), index.end(last));
        return in.varint();
    }

    /// The text in a field; empty when it is not there.
    String text(int base, Field field) throws Fault {
        int last = index.last(base, field);
        return last == FieldIndex.NONE ? "" : text(last);
    }

    String text(int occurrence) {
        return new String(bytes, index.begin(occurrence), index.end(occurrence) - index.begin(occurrence),
                StandardCharsets.UTF_8);
    }

    /// The members of a message that are shown beside others.
    void content(MessageType type, int from, int to, boolean comma) throws Fault {
        if (++depth > limits.depth()) {
            throw Fault.limit("is nested deeper than " + limits.depth() + " levels");
        }
        int base = enter(type, from, to);
        members(type, base, comma);
        index.leave(base);
        depth--;
    }
}
