package io.jigress.grpcjson.transcode;

import io.jigress.grpcjson.descriptor.MessageType;
import io.jigress.grpcjson.descriptor.Schema;
import io.jigress.grpcjson.descriptor.WellKnown;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Writes the messages of `google.protobuf` that have a JSON form of their own.
final class WellKnownWriter {
    static final String TYPE = "@type";
    static final int STRING_VALUE = 3;
    private static final int NULL_VALUE = 1;
    private static final int NUMBER_VALUE = 2;
    private static final int BOOL_VALUE = 4;
    private static final int STRUCT_VALUE = 5;
    private static final int LIST_VALUE = 6;
    private static final String VALUE = "value";

    /// The text of an Any is read twice, since its type need not come first.
    private static final int MAX_ANYS = 10;

    private final MessageWriter messages;
    private final JsonInput in;
    private final ProtoOutput out;
    private final Schema schema;
    private int anys;

    WellKnownWriter(MessageWriter messages, JsonInput in, ProtoOutput out, Schema schema) {
        this.messages = messages;
        this.in = in;
        this.out = out;
        this.schema = schema;
    }

    void write(WellKnown type) throws Fault {
        switch (type) {
            case ANY -> any();
            case STRUCT -> struct();
            case VALUE -> value();
            case LIST_VALUE -> list();
            case TIMESTAMP, DURATION, FIELD_MASK -> {
                if (in.next() != '"') {
                    throw in.unexpected(type == WellKnown.TIMESTAMP ? "a time such as \"2026-01-31T12:00:00Z\""
                            : type == WellKnown.DURATION ? "seconds such as \"1.5s\"" : "paths such as \"name,author.name\"");
                }
                text(type, in.string());
            }
            case NONE, WRAPPER -> throw new IllegalStateException(type + " has no form of its own");
        }
    }

    void text(WellKnown type, String text) throws Fault {
        if (type == WellKnown.FIELD_MASK) {
            mask(text);
            return;
        }
        Times.Moment moment = type == WellKnown.TIMESTAMP ? Times.timestamp(text) : Times.duration(text);
        if (moment.seconds() != 0) {
            out.tag(1, 0);
            out.varint(moment.seconds());
        }
        if (moment.nanos() != 0) {
            out.tag(2, 0);
            out.varint(moment.nanos());
        }
    }

    private void mask(String text) throws Fault {
        for (int from = 0, comma; from < text.length(); from = comma + 1) {
            comma = text.indexOf(',', from);
            comma = comma < 0 ? text.length() : comma;
            if (comma > from) {
                in.count();
                string(1, Texts.snake(text.substring(from, comma)));
            }
        }
    }

    private void string(int number, String text) throws Fault {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.tag(number, 2);
        out.delimited(bytes, 0, bytes.length);
    }

    // ---- Struct, Value, ListValue

    private void struct() throws Fault {
        if (!in.enter('{', '}', "an object")) {
            return;
        }
        do {
            in.count();
            out.tag(1, 2);
            int entry = out.begin();
            out.tag(1, 2);
            in.delimited(out);
            in.expect(':', "a colon");
            out.tag(2, 2);
            int value = out.begin();
            value();
            out.end(value);
            out.end(entry);
        } while (in.another('}'));
    }

    private void list() throws Fault {
        if (!in.enter('[', ']', "a list")) {
            return;
        }
        do {
            out.tag(1, 2);
            int value = out.begin();
            value();
            out.end(value);
        } while (in.another(']'));
    }

    private void value() throws Fault {
        in.count();
        switch (in.next()) {
            case '{' -> {
                out.tag(STRUCT_VALUE, 2);
                int begin = out.begin();
                struct();
                out.end(begin);
            }
            case '[' -> {
                out.tag(LIST_VALUE, 2);
                int begin = out.begin();
                list();
                out.end(begin);
            }
            case '"' -> {
                out.tag(STRING_VALUE, 2);
                in.delimited(out);
            }
            case 't' -> {
                in.word("true");
                out.tag(BOOL_VALUE, 0);
                out.raw(1);
            }
            case 'f' -> {
                in.word("false");
                out.tag(BOOL_VALUE, 0);
                out.raw(0);
            }
            case 'n' -> {
                in.word("null");
                out.tag(NULL_VALUE, 0);
                out.raw(0);
            }
            default -> {
                if (!in.isNumber()) {
                    throw in.unexpected("a value");
                }
                double number = Double.parseDouble(in.number());
                if (Double.isInfinite(number)) {
                    throw new Fault("is a number that is too large for a double");
                }
                out.tag(NUMBER_VALUE, 1);
                out.fixed64(Double.doubleToLongBits(number));
            }
        }
    }

    // ---- Any

    private void any() throws Fault {
        if (in.next() != '{') {
            throw in.unexpected("an object");
        }
        if (++anys > MAX_ANYS) {
            throw Fault.limit("is an Any within " + MAX_ANYS + " others");
        }
        int start = in.at();
        int depth = in.depth();
        Members found = members();
        if (found.empty) {
            anys--;
            return;
        }
        int end = in.at();
        String url = found.type;
        if (url == null) {
            throw new Fault("is an Any without @type");
        }
        MessageType type = schema.message(url.substring(url.lastIndexOf('/') + 1));
        if (type == null || url.indexOf('/') < 0) {
            throw new Fault(
                    "is \"" + Texts.shown(url) + "\" (expected: a URL with the name of a message that the descriptors have,"
                            + " such as type.googleapis.com/google.rpc.Status)")
                    .within(TYPE);
        }
        string(1, url);
        out.tag(2, 2);
        int begin = out.begin();
        if (type.wellKnown() == WellKnown.NONE) {
            in.back(start, depth);
            messages.object(type, true);
        } else {
            if (found.value < 0) {
                throw new Fault("is an Any of " + type.fullName() + " without the member value");
            }
            in.back(found.value, depth + 1);
            messages.message(type);
        }
        out.end(begin);
        in.back(end, depth);
        anys--;
    }

    /// What an Any consists of.
    private static final class Members {
        private boolean empty;
        private @Nullable String type;
        private int value = -1;
    }

    /// Reads all members once, since `@type` need not be the first.
    private Members members() throws Fault {
        Members found = new Members();
        if (!in.enter('{', '}', "an object")) {
            found.empty = true;
            return found;
        }
        do {
            if (in.next() != '"') {
                throw in.unexpected("a name in quotes");
            }
            String name = in.string();
            in.expect(':', "a colon");
            if (name.equals(TYPE)) {
                if (found.type != null) {
                    throw new Fault("is given twice").within(TYPE);
                }
                if (in.next() != '"') {
                    throw in.unexpected("a string").within(TYPE);
                }
                found.type = in.string();
            } else {
                if (name.equals(VALUE)) {
                    in.next();
                    found.value = in.at();
                }
                in.skip();
            }
        } while (in.another('}'));
        return found;
    }
}
