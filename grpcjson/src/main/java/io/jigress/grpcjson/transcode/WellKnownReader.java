package io.jigress.grpcjson.transcode;

import io.jigress.grpcjson.descriptor.Field;
import io.jigress.grpcjson.descriptor.MessageType;
import io.jigress.grpcjson.descriptor.WellKnown;

/// Writes a message of `google.protobuf` in its own form of JSON.
final class WellKnownReader {
    private final MessageReader reader;
    private final JsonOutput out;
    private final FieldIndex index;
    private final MessageType type;
    private final int base;

    /// @param base of the message in the index
    WellKnownReader(MessageReader reader, MessageType type, int base) {
        this.reader = reader;
        this.out = reader.out();
        this.index = reader.index();
        this.type = type;
        this.base = base;
    }

    void write() throws Fault {
        switch (type.wellKnown()) {
            case TIMESTAMP -> out.quoted(Times.timestamp(reader.number(base, type.require(1)),
                    (int) reader.number(base, type.require(2))));
            case DURATION -> out.quoted(Times.duration(reader.number(base, type.require(1)),
                    (int) reader.number(base, type.require(2))));
            case WRAPPER -> value(type.require(1));
            case FIELD_MASK -> mask(type.require(1));
            case STRUCT -> value(type.require(1));
            case LIST_VALUE -> value(type.require(1));
            case VALUE -> any(type.fields());
            case ANY -> any();
            case NONE -> throw new IllegalStateException(type + " has no form of its own");
        }
    }

    private void value(Field field) throws Fault {
        if (index.first(base, field) == FieldIndex.NONE) {
            reader.absent(field);
        } else {
            reader.field(base, field);
        }
    }

    private void mask(Field paths) throws Fault {
        StringBuilder text = new StringBuilder();
        for (int at = index.first(base, paths); at != FieldIndex.NONE; at = index.next(at)) {
            if (!text.isEmpty()) {
                text.append(',');
            }
            text.append(Texts.camel(reader.text(at)));
        }
        out.string(text.toString());
    }

    /// A google.protobuf.Value: the field that came last.
    private void any(Field[] kinds) throws Fault {
        Field set = null;
        for (Field kind : kinds) {
            if (index.last(base, kind) > (set == null ? FieldIndex.NONE : index.last(base, set))) {
                set = kind;
            }
        }
        if (set == null) {
            throw new Fault("is a google.protobuf.Value without a value");
        }
        if (set.number() == 2) {
            int last = index.last(base, set);
            ProtoInput number = new ProtoInput(reader.bytes());
            number.range(index.begin(last), index.end(last));
            double real = Double.longBitsToDouble(number.fixed64());
            if (Double.isNaN(real) || Double.isInfinite(real)) {
                throw new Fault("is a google.protobuf.Value with the number " + real + ", which has no form in JSON");
            }
        }
        reader.field(base, set);
    }

    private void any() throws Fault {
        String url = reader.text(base, type.require(1));
        int last = index.last(base, type.require(2));
        int from = last == FieldIndex.NONE ? 0 : index.begin(last);
        int to = last == FieldIndex.NONE ? 0 : index.end(last);
        if (url.isEmpty() && from == to) {
            out.ascii("{}");
            return;
        }
        MessageType content = reader.types().schema().message(url.substring(url.lastIndexOf('/') + 1));
        out.ascii("{\"@type\":");
        out.string(url);
        if (content == null) {
            unknown(url, from, to);
        } else if (content.wellKnown() == WellKnown.NONE) {
            reader.content(content, from, to, true);
        } else {
            out.ascii(",\"value\":");
            reader.message(content, from, to);
        }
        out.raw('}');
    }

    private void unknown(String url, int from, int to) throws Fault {
        if (!reader.types().showUnknownAny()) {
            throw new Fault("is an Any of \"" + Texts.shown(url) + "\", a message that the descriptors do not have");
        }
        out.ascii(",\"value\":");
        out.base64(reader.bytes(), from, to);
    }
}
