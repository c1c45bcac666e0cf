package io.jigress.waf.transform;

/// The transformations that remove or replace bytes.
final class Cleaners {
    private Cleaners() {
    }

    static int lowercase(byte[] in, int from, int to, byte[] out, int at) {
        for (int i = from; i < to; i++) {
            byte c = in[i];
            out[at + i - from] = c >= 'A' && c <= 'Z' ? (byte) (c + 32) : c;
        }
        return at + to - from;
    }

    static int uppercase(byte[] in, int from, int to, byte[] out, int at) {
        for (int i = from; i < to; i++) {
            byte c = in[i];
            out[at + i - from] = c >= 'a' && c <= 'z' ? (byte) (c - 32) : c;
        }
        return at + to - from;
    }

    static int removeNulls(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        for (int i = from; i < to; i++) {
            if (in[i] != 0) {
                out[end++] = in[i];
            }
        }
        return end;
    }

    static int replaceNulls(byte[] in, int from, int to, byte[] out, int at) {
        for (int i = from; i < to; i++) {
            out[at + i - from] = in[i] == 0 ? (byte) ' ' : in[i];
        }
        return at + to - from;
    }

    static int removeWhitespace(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        for (int i = from; i < to; i++) {
            if (!isBlank(in[i])) {
                out[end++] = in[i];
            }
        }
        return end;
    }

    static int compressWhitespace(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        boolean before = false;
        for (int i = from; i < to; i++) {
            boolean blank = isBlank(in[i]);
            if (!blank) {
                out[end++] = in[i];
            } else if (!before) {
                out[end++] = ' ';
            }
            before = blank;
        }
        return end;
    }

    private static boolean isBlank(byte c) {
        return Bytes.isSpace(c) || (c & 0xff) == Bytes.NBSP;
    }

    static int trim(byte[] in, int from, int to, byte[] out, int at) {
        return copy(in, firstSolid(in, from, to), lastSolid(in, from, to), out, at);
    }

    static int trimLeft(byte[] in, int from, int to, byte[] out, int at) {
        return copy(in, firstSolid(in, from, to), to, out, at);
    }

    static int trimRight(byte[] in, int from, int to, byte[] out, int at) {
        return copy(in, from, lastSolid(in, from, to), out, at);
    }

    private static int firstSolid(byte[] in, int from, int to) {
        int i = from;
        while (i < to && Bytes.isSpace(in[i])) {
            i++;
        }
        return i;
    }

    private static int lastSolid(byte[] in, int from, int to) {
        int i = to;
        while (i > from && Bytes.isSpace(in[i - 1])) {
            i--;
        }
        return i;
    }

    private static int copy(byte[] in, int from, int to, byte[] out, int at) {
        int length = Math.max(0, to - from);
        System.arraycopy(in, from, out, at, length);
        return at + length;
    }

    static int commandLine(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        boolean space = false;
        for (int i = from; i < to; i++) {
            byte c = in[i];
            switch (c) {
                case '"', '\'', '\\', '^' -> {
                }
                case ' ', ',', ';', '\t', '\r', '\n' -> {
                    if (!space) {
                        out[end++] = ' ';
                        space = true;
                    }
                }
                case '/', '(' -> {
                    if (space) {
                        end--;
                    }
                    space = false;
                    out[end++] = c;
                }
                default -> {
                    out[end++] = c >= 'A' && c <= 'Z' ? (byte) (c + 32) : c;
                    space = false;
                }
            }
        }
        return end;
    }

    static int replaceComments(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        boolean comment = false;
        int i = from;
        while (i < to) {
            if (comment) {
                if (in[i] == '*' && i + 1 < to && in[i + 1] == '/') {
                    comment = false;
                    out[end++] = ' ';
                    i += 2;
                } else {
                    i++;
                }
            } else if (in[i] == '/' && i + 1 < to && in[i + 1] == '*') {
                comment = true;
                i += 2;
            } else {
                out[end++] = in[i++];
            }
        }
        if (comment) {
            out[end++] = ' ';
        }
        return end;
    }

    static int removeComments(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        boolean comment = false;
        int i = from;
        while (i < to) {
            if (comment) {
                int closing = starts("*/", in, i, to) ? 2 : starts("-->", in, i, to) ? 3 : 0;
                if (closing == 0) {
                    i++;
                    continue;
                }
                comment = false;
                i += closing;
                // ModSecurity copies the byte after a comment without examining it.
                out[end++] = i < to ? in[i] : 0;
                i++;
            } else if (starts("/*", in, i, to) || starts("<!--", in, i, to)) {
                comment = true;
                i += in[i] == '/' ? 2 : 4;
            } else if (in[i] == '#' || starts("--", in, i, to)) {
                break;
            } else {
                out[end++] = in[i++];
            }
        }
        if (comment) {
            out[end++] = ' ';
        }
        return end;
    }

    static int removeCommentCharacters(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        int i = from;
        while (i < to) {
            if (starts("<!--", in, i, to)) {
                i += 4;
            } else if (starts("-->", in, i, to)) {
                i += 3;
            } else if (starts("/*", in, i, to) || starts("*/", in, i, to) || starts("--", in, i, to)) {
                i += 2;
            } else if (in[i] == '#') {
                i++;
            } else {
                out[end++] = in[i++];
            }
        }
        return end;
    }

    private static boolean starts(String text, byte[] in, int at, int to) {
        if (at + text.length() > to) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (in[at + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
