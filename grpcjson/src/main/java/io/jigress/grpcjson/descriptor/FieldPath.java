package io.jigress.grpcjson.descriptor;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A field of a message, or of a message within it: `book.author.name`.
///
/// @param fields from the outer to the inner; not empty
public record FieldPath(List<Field> fields) {
    private static final int MAX_DEPTH = 32;

    public FieldPath {
        fields = List.copyOf(fields);
    }

    /// Null when there is no such field, or a part before the last one is not a single message.
    public static @Nullable FieldPath resolve(MessageType type, String path) {
        List<Field> fields = new ArrayList<>();
        MessageType within = type;
        int from = 0;
        while (from <= path.length() && fields.size() < MAX_DEPTH) {
            int dot = path.indexOf('.', from);
            Field field = within.field(path.substring(from, dot < 0 ? path.length() : dot));
            if (field == null) {
                return null;
            }
            fields.add(field);
            if (dot < 0) {
                return new FieldPath(fields);
            }
            if (!field.kind().isMessage() || field.isRepeated()) {
                return null;
            }
            within = field.message();
            from = dot + 1;
        }
        return null;
    }

    public Field last() {
        return fields.getLast();
    }

    /// Whether a text can be a value of it: a scalar, or a message whose JSON form is a string or a scalar.
    public boolean takesText() {
        Field field = last();
        return !field.kind().isMessage() || !field.isMap() && switch (field.message().wellKnown()) {
            case TIMESTAMP, DURATION, FIELD_MASK, WRAPPER, VALUE -> true;
            case NONE, ANY, STRUCT, LIST_VALUE -> false;
        };
    }
}
