package io.jigress.waf.transform;

/// The transformations that decode. None makes its input longer.
final class Decoders {
    private static final byte[] BASE64 = new byte[128];

    static {
        java.util.Arrays.fill(BASE64, (byte) -1);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int i = 0; i < alphabet.length(); i++) {
            BASE64[alphabet.charAt(i)] = (byte) i;
        }
    }

    private Decoders() {
    }

    static int url(byte[] in, int from, int to, byte[] out, int at) {
        return url(in, from, to, out, at, false);
    }

    static int urlUnicode(byte[] in, int from, int to, byte[] out, int at) {
        return url(in, from, to, out, at, true);
    }

    /// @param unicode whether `%uHHHH` is an escape too
    private static int url(byte[] in, int from, int to, byte[] out, int at, boolean unicode) {
        int end = at;
        for (int i = from; i < to; i++) {
            int c = in[i];
            int code = c == '%' && unicode && i + 1 < to && (in[i + 1] | 32) == 'u' ? Bytes.hexNumber(in, i + 2, to, 4) : -1;
            int value = c == '%' ? Bytes.hexPair(in, i + 1, to) : -1;
            if (code >= 0) {
                out[end++] = BestFit.of(code);
                i += 5;
            } else if (value >= 0) {
                out[end++] = (byte) value;
                i += 2;
            } else {
                out[end++] = c == '+' ? (byte) ' ' : (byte) c;
            }
        }
        return end;
    }

    static int css(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        int i = from;
        while (i < to) {
            if (in[i] != '\\') {
                out[end++] = in[i++];
                continue;
            }
            i++;
            if (i >= to) {
                break;
            }
            int digits = 0;
            int code = 0;
            while (digits < 6 && i + digits < to && Bytes.hex(in[i + digits]) >= 0) {
                code = code << 4 | Bytes.hex(in[i + digits]);
                digits++;
            }
            if (digits > 0) {
                out[end++] = Bytes.narrow(code);
                i += digits;
                if (i < to && Bytes.isSpace(in[i])) {
                    i++;
                }
            } else if (in[i] == '\n') {
                i++;
            } else {
                out[end++] = in[i++];
            }
        }
        return end;
    }

    static int javaScript(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        int i = from;
        while (i < to) {
            if (in[i] != '\\' || i + 1 >= to) {
                out[end++] = in[i++];
                continue;
            }
            int c = in[i + 1];
            int braced = c == 'u' ? braceLength(in, i + 2, to) : 0;
            if (braced > 0) {
                out[end++] = Bytes.narrow(Bytes.hexNumber(in, i + 3, to, braced));
                i += braced + 4;
            } else if (c == 'u' && Bytes.hexNumber(in, i + 2, to, 4) >= 0) {
                out[end++] = Bytes.narrow(Bytes.hexNumber(in, i + 2, to, 4));
                i += 6;
            } else if (c == 'x' && Bytes.hexPair(in, i + 2, to) >= 0) {
                out[end++] = (byte) Bytes.hexPair(in, i + 2, to);
                i += 4;
            } else if (Bytes.isOctal(c)) {
                // At most \377: a third digit that would exceed it belongs to the text.
                int digits = Bytes.octalLength(in, i + 1, to);
                int length = digits == 3 && c > '3' ? 2 : digits;
                out[end++] = (byte) Bytes.octalNumber(in, i + 1, length);
                i += 1 + length;
            } else {
                int control = Bytes.control(c);
                out[end++] = (byte) (control < 0 ? c : control);
                i += 2;
            }
        }
        return end;
    }

    /// The number of digits of `{H...H}`, or 0.
    private static int braceLength(byte[] in, int at, int to) {
        if (at >= to || in[at] != '{') {
            return 0;
        }
        int digits = 0;
        while (digits < 6 && at + 1 + digits < to && Bytes.hex(in[at + 1 + digits]) >= 0) {
            digits++;
        }
        return at + 1 + digits < to && in[at + 1 + digits] == '}' ? digits : 0;
    }

    static int escapes(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        int i = from;
        while (i < to) {
            if (in[i] != '\\' || i + 1 >= to) {
                out[end++] = in[i++];
                continue;
            }
            int c = in[i + 1];
            int control = Bytes.control(c);
            if (control >= 0) {
                out[end++] = (byte) control;
                i += 2;
            } else if ((c | 32) == 'x' && Bytes.hexPair(in, i + 2, to) >= 0) {
                out[end++] = (byte) Bytes.hexPair(in, i + 2, to);
                i += 4;
            } else if (Bytes.isOctal(c)) {
                int length = Bytes.octalLength(in, i + 1, to);
                out[end++] = (byte) Bytes.octalNumber(in, i + 1, length);
                i += 1 + length;
            } else {
                out[end++] = (byte) c;
                i += 2;
            }
        }
        return end;
    }

    static int hexadecimal(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        for (int i = from; i + 1 < to; i += 2) {
            out[end++] = (byte) (digit(in[i]) << 4 | digit(in[i + 1]));
        }
        return end;
    }

    /// The value of a byte that is not a digit, computed as in ModSecurity; the result does not matter.
    private static int digit(int c) {
        int value = Bytes.hex(c);
        return value < 0 ? 0 : value;
    }

    static int sqlHexadecimal(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        int i = from;
        while (i < to) {
            if (in[i] == '0' && i + 3 < to && (in[i + 1] | 32) == 'x' && Bytes.hexPair(in, i + 2, to) >= 0) {
                i += 2;
                int value = Bytes.hexPair(in, i, to);
                while (value >= 0) {
                    out[end++] = (byte) value;
                    i += 2;
                    value = Bytes.hexPair(in, i, to);
                }
            } else {
                out[end++] = in[i++];
            }
        }
        return end;
    }

    static int htmlEntities(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        int i = from;
        while (i < to) {
            if (in[i] != '&' || i + 1 >= to) {
                out[end++] = in[i++];
                continue;
            }
            int next = i + 1;
            if (in[next] == '#') {
                boolean hex = next + 1 < to && (in[next + 1] | 32) == 'x';
                int start = hex ? next + 2 : next + 1;
                int stop = start;
                int code = 0;
                while (stop < to && (hex ? Bytes.hex(in[stop]) >= 0 : in[stop] >= '0' && in[stop] <= '9')) {
                    // Only the low byte is kept: overflow does not matter.
                    code = code * (hex ? 16 : 10) + Bytes.hex(in[stop]);
                    stop++;
                }
                if (stop == start) {
                    System.arraycopy(in, i, out, end, start - i);
                    end += start - i;
                    i = start;
                    continue;
                }
                out[end++] = (byte) code;
                i = stop;
            } else {
                int stop = next;
                while (stop < to && isAlphanumeric(in[stop])) {
                    stop++;
                }
                int named = stop == next ? -1 : entity(in, next, stop);
                if (named < 0) {
                    System.arraycopy(in, i, out, end, stop - i);
                    end += stop - i;
                    i = stop;
                    continue;
                }
                out[end++] = (byte) named;
                i = stop;
            }
            if (i < to && in[i] == ';') {
                i++;
            }
        }
        return end;
    }

    private static int entity(byte[] in, int from, int to) {
        if (is("quot", in, from, to)) {
            return '"';
        }
        if (is("amp", in, from, to)) {
            return '&';
        }
        if (is("lt", in, from, to)) {
            return '<';
        }
        if (is("gt", in, from, to)) {
            return '>';
        }
        return is("nbsp", in, from, to) ? Bytes.NBSP : -1;
    }

    private static boolean is(String name, byte[] in, int from, int to) {
        if (to - from != name.length()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if ((in[from + i] | 32) != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isAlphanumeric(int c) {
        return c >= '0' && c <= '9' || (c | 32) >= 'a' && (c | 32) <= 'z';
    }

    static int base64(byte[] in, int from, int to, byte[] out, int at) {
        return base64(in, from, to, out, at, false);
    }

    static int base64Forgiving(byte[] in, int from, int to, byte[] out, int at) {
        return base64(in, from, to, out, at, true);
    }

    private static int base64(byte[] in, int from, int to, byte[] out, int at, boolean forgiving) {
        int end = at;
        int bits = 0;
        int count = 0;
        for (int i = from; i < to; i++) {
            int c = in[i];
            if (c == '\r' || c == '\n') {
                continue;
            }
            if (forgiving && c == '-') {
                c = '+';
            } else if (forgiving && c == '_') {
                c = '/';
            }
            int value = c < 0 ? -1 : BASE64[c];
            if (value < 0) {
                if (forgiving && c != '=') {
                    continue;
                }
                break;
            }
            bits = bits << 6 | value;
            if (++count == 4) {
                out[end++] = (byte) (bits >> 16);
                out[end++] = (byte) (bits >> 8);
                out[end++] = (byte) bits;
                count = 0;
                bits = 0;
            }
        }
        if (count == 2) {
            out[end++] = (byte) (bits >> 4);
        } else if (count == 3) {
            out[end++] = (byte) (bits >> 10);
            out[end++] = (byte) (bits >> 2);
        }
        return end;
    }
}
