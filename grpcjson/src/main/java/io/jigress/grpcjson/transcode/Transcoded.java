package io.jigress.grpcjson.transcode;

/// The result of transcoding.
public sealed interface Transcoded {

    /// @param bytes of which the first `length` are the result; the receiver owns them
    record Done(byte[] bytes, int length) implements Transcoded {}

    record Refused(Invalid why) implements Transcoded {}
}
