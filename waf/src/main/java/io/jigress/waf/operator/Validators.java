package io.jigress.waf.operator;

import io.jigress.waf.model.MacroScope;

/// The operators that match invalid encodings.
final class Validators {
    private Validators() {
    }

    static Operator outsideOf(boolean[] allowed) {
        return (bytes, from, to, _) -> {
            for (int i = from; i < to; i++) {
                if (!allowed[bytes[i] & 0xff]) {
                    return true;
                }
            }
            return false;
        };
    }

    static boolean badUrlEncoding(byte[] bytes, int from, int to, MacroScope scope) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != '%') {
                continue;
            }
            if (i + 2 >= to || Character.digit(bytes[i + 1], 16) < 0 || Character.digit(bytes[i + 2], 16) < 0) {
                return true;
            }
            i += 2;
        }
        return false;
    }

    static boolean badUtf8(byte[] bytes, int from, int to, MacroScope scope) {
        int i = from;
        while (i < to) {
            int lead = bytes[i] & 0xff;
            if (lead < 0x80) {
                i++;
                continue;
            }
            int length = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
            if (length == 0 || i + length > to) {
                return true;
            }
            int code = lead & 0xff >> length + 1;
            for (int j = 1; j < length; j++) {
                if ((bytes[i + j] & 0xc0) != 0x80) {
                    return true;
                }
                code = code << 6 | bytes[i + j] & 0x3f;
            }
            if (length == 3 && code < 0x800 || length == 4 && code < 0x10000 || code >= 0xd800 && code <= 0xdfff
                    || code > 0x10ffff) {
                return true;
            }
            i += length;
        }
        return false;
    }
}
