package io.jigress.grpcjson;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A google.api.HttpBody: a body as it is, with its content type.
record RawBody(String contentType, byte[] data) {
    private static final int TYPE = 1;
    private static final int DATA = 2;
    private static final String BYTES = "application/octet-stream";

    /// @param field in which the message is; 0 when the message is one itself
    /// @return null when it is not valid
    static @Nullable RawBody of(byte[] message, int field) {
        try {
            UnknownFieldSet outer = UnknownFieldSet.parseFrom(message);
            UnknownFieldSet body = field == 0 ? outer : UnknownFieldSet.parseFrom(last(outer, field));
            String type = last(body, TYPE).toStringUtf8();
            boolean valid = !type.isEmpty() && type.chars().allMatch(c -> c >= 0x20 && c < 0x7f);
            return new RawBody(valid ? type : BYTES, last(body, DATA).toByteArray());
        } catch (InvalidProtocolBufferException _) {
            return null;
        }
    }

    private static ByteString last(UnknownFieldSet message, int number) {
        List<ByteString> values = message.getField(number).getLengthDelimitedList();
        return values.isEmpty() ? ByteString.EMPTY : values.getLast();
    }
}
