package io.jigress.grpcjson.transcode;

/// UTF-8 (RFC 3629): without surrogates and overlong forms.
final class Utf8 {
    private Utf8() {}

    /// The length of the character of several bytes that begins here; 0 when there is none.
    static int length(byte[] text, int at, int end) {
        int first = text[at] & 0xff;
        int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
        if (first < 0xc2 || first > 0xf4 || at + length > end) {
            return 0;
        }
        for (int i = 1; i < length; i++) {
            if ((text[at + i] & 0xc0) != 0x80) {
                return 0;
            }
        }
        int second = text[at + 1] & 0xff;
        return switch (first) {
            case 0xe0 -> second < 0xa0 ? 0 : length;
            case 0xed -> second > 0x9f ? 0 : length;
            case 0xf0 -> second < 0x90 ? 0 : length;
            case 0xf4 -> second > 0x8f ? 0 : length;
            default -> length;
        };
    }

    static void write(ProtoOutput out, int codePoint) throws Fault {
        if (codePoint < 0x80) {
            out.raw(codePoint);
        } else if (codePoint < 0x800) {
            out.raw(0xc0 | codePoint >> 6);
            out.raw(0x80 | codePoint & 0x3f);
        } else if (codePoint < 0x10000) {
            out.raw(0xe0 | codePoint >> 12);
            out.raw(0x80 | codePoint >> 6 & 0x3f);
            out.raw(0x80 | codePoint & 0x3f);
        } else {
            out.raw(0xf0 | codePoint >> 18);
            out.raw(0x80 | codePoint >> 12 & 0x3f);
            out.raw(0x80 | codePoint >> 6 & 0x3f);
            out.raw(0x80 | codePoint & 0x3f);
        }
    }
}
