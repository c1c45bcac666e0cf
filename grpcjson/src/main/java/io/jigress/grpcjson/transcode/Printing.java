package io.jigress.grpcjson.transcode;

/// How messages are shown in JSON.
///
/// @param defaults whether fields without presence are shown when they have the default value
/// @param originalNames whether fields have the names of their definition in place of the JSON names
/// @param enumNumbers whether enums are numbers
public record Printing(boolean defaults, boolean originalNames, boolean enumNumbers) {
    public static final Printing STANDARD = new Printing(false, false, false);
}
