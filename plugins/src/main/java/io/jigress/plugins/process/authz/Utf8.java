package io.jigress.plugins.process.authz;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;

/// Header values, whose characters are bytes, as text.
final class Utf8 {
    private Utf8() {}

    /// The text that the bytes are in UTF-8; bytes that are not part of any become `!`.
    static String clean(String latin1) {
        if (latin1.chars().allMatch(c -> c < 0x80)) {
            return latin1;
        }
        ByteString bytes = ByteString.copyFrom(latin1, StandardCharsets.ISO_8859_1);
        return bytes.isValidUtf8() ? bytes.toStringUtf8() : bytes.toStringUtf8().replace('\ufffd', '!');
    }
}
