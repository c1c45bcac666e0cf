package io.jigress.grpcjson.transcode;

import io.jigress.grpcjson.descriptor.Field;
import io.jigress.grpcjson.descriptor.Kind;
import io.jigress.grpcjson.descriptor.MessageType;
import java.util.Arrays;

/// Where the fields of messages stand on the wire, since JSON needs the values of a field together. A stack: a message within another one has its part above.
///
/// An occurrence is four numbers: begin and end of the value, whether it is a packed list, and the next occurrence of the same field.
final class FieldIndex {
    static final int NONE = -1;
    private static final int SIZE = 4;
    private static final int END = 1;
    private static final int PACKED = 2;
    private static final int NEXT = 3;

    private final int maxElements;
    private int[] stack = new int[64];
    private int top;
    private int elements;

    FieldIndex(int maxElements) {
        this.maxElements = maxElements;
    }

    /// Reads the fields of a message.
    ///
    /// @return the message's part of the stack, for the other methods
    int enter(MessageType type, ProtoInput in) throws Fault {
        int base = top;
        int fields = type.fields().length;
        room(2 * fields);
        Arrays.fill(stack, base, base + 2 * fields, NONE);
        top += 2 * fields;
        while (!in.isAtEnd()) {
            count();
            int tag = in.tag();
            Field field = type.field(tag >>> 3);
            if (field == null || !isOf(field, tag & 7)) {
                in.skipValue(tag);
            } else {
                occurrence(base, field, tag & 7, in);
            }
        }
        return base;
    }

    void count() throws Fault {
        if (++elements > maxElements) {
            throw Fault.limit("has more than " + maxElements + " values");
        }
    }

    void leave(int base) {
        top = base;
    }

    /// A value of another wire type is an unknown field.
    private static boolean isOf(Field field, int wireType) {
        return wireType == field.kind().wireType()
                || wireType == 2 && field.isRepeated() && field.kind().isPackable()
                // Who writes the other encoding of messages is understood, too.
                || wireType == 2 && field.kind() == Kind.GROUP || wireType == 3 && field.kind() == Kind.MESSAGE;
    }

    private void occurrence(int base, Field field, int wireType, ProtoInput in) throws Fault {
        int begin;
        int end;
        boolean packed = wireType == 2 && field.kind().isPackable();
        if (wireType == 2) {
            int length = in.length();
            begin = in.at();
            end = begin + length;
            in.skip(length);
        } else if (wireType == 3) {
            begin = in.at();
            end = in.skipGroup(field.number(), 0);
        } else {
            begin = in.at();
            in.skipValue(wireType);
            end = in.at();
        }
        room(SIZE);
        int at = top;
        top += SIZE;
        stack[at] = begin;
        stack[at + END] = end;
        stack[at + PACKED] = packed ? 1 : 0;
        stack[at + NEXT] = NONE;
        int slot = base + 2 * field.index();
        if (stack[slot] == NONE) {
            stack[slot] = at;
        } else {
            stack[stack[slot + 1] + NEXT] = at;
        }
        stack[slot + 1] = at;
    }

    private void room(int more) {
        if (stack.length - top < more) {
            stack = Arrays.copyOf(stack, Math.max(2 * stack.length, top + more));
        }
    }

    /// The first occurrence of a field; [#NONE] when there is none. Occurrences follow each other on the wire in the order of their numbers.
    int first(int base, Field field) {
        return stack[base + 2 * field.index()];
    }

    int last(int base, Field field) {
        return stack[base + 2 * field.index() + 1];
    }

    int next(int occurrence) {
        return stack[occurrence + NEXT];
    }

    int begin(int occurrence) {
        return stack[occurrence];
    }

    int end(int occurrence) {
        return stack[occurrence + END];
    }

    boolean isPacked(int occurrence) {
        return stack[occurrence + PACKED] == 1;
    }
}
