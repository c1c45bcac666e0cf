package io.jigress.grpcjson.transcode;

import io.jigress.grpcjson.descriptor.Field;
import io.jigress.grpcjson.descriptor.Kind;
import io.jigress.grpcjson.descriptor.MessageType;
import io.jigress.grpcjson.descriptor.Schema;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes messages that JSON text describes, field by field in the order of the text.
final class MessageWriter {
    static final int END_GROUP = 4;

    private final JsonInput in;
    private final ProtoOutput out;
    private final boolean ignoreUnknown;
    private final Scalars scalars;
    private final WellKnownWriter wellKnown;
    /// The fields and oneofs that were set, by the depth of their object.
    private long[][] seen = new long[8][];

    MessageWriter(Schema schema, JsonInput in, ProtoOutput out, boolean ignoreUnknown) {
        this.in = in;
        this.out = out;
        this.ignoreUnknown = ignoreUnknown;
        this.scalars = new Scalars(out, ignoreUnknown);
        this.wellKnown = new WellKnownWriter(this, in, out, schema);
    }

    /// The content of a message, without tag and length.
    void message(MessageType type) throws Fault {
        in.count();
        switch (type.wellKnown()) {
            case NONE -> object(type, false);
            case WRAPPER -> {
                Field value = type.require(1);
                out.tag(1, value.kind().wireType());
                scalars.write(value, in);
            }
            case ANY, TIMESTAMP, DURATION, FIELD_MASK, STRUCT, VALUE, LIST_VALUE -> wellKnown.write(type.wellKnown());
        }
    }

    /// @param any whether a member `@type` is skipped
    void object(MessageType type, boolean any) throws Fault {
        if (!in.enter('{', '}', "an object")) {
            return;
        }
        long[] set = seen(in.depth(), type);
        do {
            member(type, set, any);
        } while (in.another('}'));
    }

    private long[] seen(int depth, MessageType type) {
        if (depth >= seen.length) {
            seen = Arrays.copyOf(seen, 2 * depth);
        }
        int words = (type.fields().length + type.oneofs() + 63) / 64;
        long[] set = seen[depth];
        if (set == null || set.length < words) {
            set = new long[words];
            seen[depth] = set;
        } else {
            Arrays.fill(set, 0, words, 0);
        }
        return set;
    }

    private void member(MessageType type, long[] set, boolean any) throws Fault {
        in.count();
        if (in.next() != '"') {
            throw in.unexpected("a name in quotes");
        }
        int start = in.at();
        int end = in.plainString();
        Field field;
        if (end > 0) {
            field = type.field(in.text(), start + 1, end);
        } else {
            in.at(start);
            field = type.field(in.string());
        }
        in.expect(':', "a colon");
        if (field == null) {
            unknown(type, start, any);
        } else {
            try {
                mark(type, field, set);
                field(field);
            } catch (Fault fault) {
                throw fault.within(field.jsonName());
            }
        }
    }

    private void unknown(MessageType type, int start, boolean any) throws Fault {
        int value = in.at();
        in.at(start);
        String name = in.string();
        in.at(value);
        if (!ignoreUnknown && !(any && name.equals(WellKnownWriter.TYPE))) {
            throw new Fault("is not a field of " + type.fullName()).within(Texts.shown(name));
        }
        in.skip();
    }

    private void mark(MessageType type, Field field, long[] set) throws Fault {
        mark(set, field.index(), "is given twice");
        if (field.oneof() >= 0 && !(in.isNull() && !field.takesNull())) {
            mark(set, type.fields().length + field.oneof(), "is given beside another field of the same oneof");
        }
    }

    private static void mark(long[] set, int bit, String fault) throws Fault {
        long mask = 1L << (bit & 63);
        if ((set[bit >> 6] & mask) != 0) {
            throw new Fault(fault);
        }
        set[bit >> 6] |= mask;
    }

    // ---- fields

    /// A field with its tag, from the value of a member.
    void field(Field field) throws Fault {
        if (in.isNull() && (field.isRepeated() || !field.takesNull())) {
            in.word("null");
        } else if (field.isMap()) {
            map(field);
        } else if (field.isRepeated()) {
            list(field);
        } else {
            single(field);
        }
    }

    private void single(Field field) throws Fault {
        int before = out.size();
        out.tag(field.number(), field.kind().wireType());
        if (!value(field)) {
            out.truncate(before);
        }
    }

    /// @return false when the value is left out
    private boolean value(Field field) throws Fault {
        if (field.kind() == Kind.GROUP) {
            message(field.message());
            out.tag(field.number(), END_GROUP);
            return true;
        }
        if (field.kind() == Kind.MESSAGE) {
            int begin = out.begin();
            message(field.message());
            out.end(begin);
            return true;
        }
        in.count();
        return scalars.write(field, in);
    }

    private void list(Field field) throws Fault {
        if (!in.enter('[', ']', "a list")) {
            return;
        }
        boolean packed = field.isPacked();
        int before = out.size();
        if (packed) {
            out.tag(field.number(), 2);
        }
        int begin = packed ? out.begin() : 0;
        int item = 0;
        do {
            try {
                if (in.isNull() && !field.takesNull()) {
                    throw in.unexpected(field.kind().expected());
                }
                if (packed) {
                    value(field);
                } else {
                    single(field);
                }
            } catch (Fault fault) {
                throw fault.within(item);
            }
            item++;
        } while (in.another(']'));
        if (packed && out.size() == begin) {
            out.truncate(before);
        } else if (packed) {
            out.end(begin);
        }
    }

    private void map(Field field) throws Fault {
        Field key = field.message().require(1);
        Field value = field.message().require(2);
        if (!in.enter('{', '}', "an object")) {
            return;
        }
        do {
            in.count();
            if (in.next() != '"') {
                throw in.unexpected("a name in quotes");
            }
            String name = in.string();
            in.expect(':', "a colon");
            try {
                entry(field, key, name, value);
            } catch (Fault fault) {
                throw fault.within(Texts.shown(name));
            }
        } while (in.another('}'));
    }

    private void entry(Field field, Field key, String name, Field value) throws Fault {
        if (in.isNull() && !value.takesNull()) {
            throw in.unexpected(value.kind().expected());
        }
        int before = out.size();
        out.tag(field.number(), 2);
        int begin = out.begin();
        out.tag(1, key.kind().wireType());
        scalars.write(key, name);
        out.tag(2, value.kind().wireType());
        if (value(value)) {
            out.end(begin);
        } else {
            out.truncate(before);
        }
    }

    // ---- values that are text

    /// A field with its tag, from a parameter of a path or query.
    void text(Field field, String text) throws Fault {
        int before = out.size();
        out.tag(field.number(), field.kind().wireType());
        if (!field.kind().isMessage()) {
            if (!scalars.write(field, text)) {
                out.truncate(before);
            }
            return;
        }
        int begin = field.kind() == Kind.GROUP ? 0 : out.begin();
        MessageType type = field.message();
        switch (type.wellKnown()) {
            case WRAPPER -> {
                Field value = type.require(1);
                out.tag(1, value.kind().wireType());
                scalars.write(value, text);
            }
            case VALUE -> {
                out.tag(WellKnownWriter.STRING_VALUE, 2);
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                out.delimited(bytes, 0, bytes.length);
            }
            case TIMESTAMP, DURATION, FIELD_MASK -> wellKnown.text(type.wellKnown(), text);
            case NONE, ANY, STRUCT, LIST_VALUE ->
                throw new Fault("is a message (expected: one of its fields, such as " + field.name() + ".name=value)");
        }
        if (field.kind() == Kind.GROUP) {
            out.tag(field.number(), END_GROUP);
        } else {
            out.end(begin);
        }
    }
}
