package io.jigress.grpcjson.descriptor;

import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;

/// The type of a field, as the wire format and JSON distinguish it.
public enum Kind {
    DOUBLE(1, "a number, NaN, Infinity or -Infinity"),
    FLOAT(5, "a number, NaN, Infinity or -Infinity"),
    INT32(0, "a whole number of 32 bits"),
    INT64(0, "a whole number of 64 bits"),
    UINT32(0, "a whole number of 32 bits that is not negative"),
    UINT64(0, "a whole number of 64 bits that is not negative"),
    SINT32(0, "a whole number of 32 bits"),
    SINT64(0, "a whole number of 64 bits"),
    FIXED32(5, "a whole number of 32 bits that is not negative"),
    FIXED64(1, "a whole number of 64 bits that is not negative"),
    SFIXED32(5, "a whole number of 32 bits"),
    SFIXED64(1, "a whole number of 64 bits"),
    BOOL(0, "true or false"),
    ENUM(0, "the name or number of a value of the enum"),
    STRING(2, "a string"),
    BYTES(2, "a string in base64"),
    MESSAGE(2, "an object"),
    GROUP(3, "an object");

    private final int wireType;
    private final String expected;

    Kind(int wireType, String expected) {
        this.wireType = wireType;
        this.expected = expected;
    }

    /// 0 varint, 1 eight bytes, 2 length-delimited, 3 group, 5 four bytes.
    public int wireType() {
        return wireType;
    }

    /// What a value is in JSON, for messages.
    public String expected() {
        return expected;
    }

    public boolean isMessage() { return this == MESSAGE || this == GROUP; }

    /// Whether several values can be in one length-delimited field.
    public boolean isPackable() { return wireType != 2 && wireType != 3; }

    static Kind of(FieldDescriptorProto.Type type) {
        return switch (type) {
            case TYPE_DOUBLE -> DOUBLE;
            case TYPE_FLOAT -> FLOAT;
            case TYPE_INT64 -> INT64;
            case TYPE_UINT64 -> UINT64;
            case TYPE_INT32 -> INT32;
            case TYPE_FIXED64 -> FIXED64;
            case TYPE_FIXED32 -> FIXED32;
            case TYPE_BOOL -> BOOL;
            case TYPE_STRING -> STRING;
            case TYPE_GROUP -> GROUP;
            case TYPE_MESSAGE -> MESSAGE;
            case TYPE_BYTES -> BYTES;
            case TYPE_UINT32 -> UINT32;
            case TYPE_ENUM -> ENUM;
            case TYPE_SFIXED32 -> SFIXED32;
            case TYPE_SFIXED64 -> SFIXED64;
            case TYPE_SINT32 -> SINT32;
            case TYPE_SINT64 -> SINT64;
        };
    }
}
