package io.jigress.grpcjson.descriptor;

/// The messages of `google.protobuf` that have a JSON form of their own.
public enum WellKnown {
    NONE, ANY, TIMESTAMP, DURATION, FIELD_MASK, STRUCT, VALUE, LIST_VALUE, WRAPPER;

    private static final String PACKAGE = "google.protobuf.";

    static WellKnown of(String fullName) {
        return !fullName.startsWith(PACKAGE) ? NONE : switch (fullName.substring(PACKAGE.length())) {
            case "Any" -> ANY;
            case "Timestamp" -> TIMESTAMP;
            case "Duration" -> DURATION;
            case "FieldMask" -> FIELD_MASK;
            case "Struct" -> STRUCT;
            case "Value" -> VALUE;
            case "ListValue" -> LIST_VALUE;
            case "DoubleValue", "FloatValue", "Int64Value", "UInt64Value", "Int32Value", "UInt32Value", "BoolValue",
                    "StringValue", "BytesValue" ->
                WRAPPER;
            default -> NONE;
        };
    }
}
