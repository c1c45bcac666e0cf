package io.jigress.waf.transform;

/// Resolves `.`, `..` and repeated slashes in a path.
final class Paths {
    private Paths() {
    }

    static int normalize(byte[] in, int from, int to, byte[] out, int at) {
        return clean(in, from, to, out, at, false);
    }

    static int normalizeWindows(byte[] in, int from, int to, byte[] out, int at) {
        return clean(in, from, to, out, at, true);
    }

    private static int clean(byte[] in, int from, int to, byte[] out, int at, boolean windows) {
        if (from == to) {
            return at;
        }
        boolean rooted = isSlash(in[from], windows);
        int end = at;
        if (rooted) {
            out[end++] = '/';
        }
        // `..` removes nothing before this offset.
        int floor = end;
        int i = from;
        while (i < to) {
            if (isSlash(in[i], windows)) {
                i++;
                continue;
            }
            int stop = i;
            while (stop < to && !isSlash(in[stop], windows)) {
                stop++;
            }
            int length = stop - i;
            if (length == 2 && in[i] == '.' && in[i + 1] == '.') {
                if (end > floor) {
                    end--;
                    while (end > floor && out[end] != '/') {
                        end--;
                    }
                } else if (!rooted) {
                    if (end > at) {
                        out[end++] = '/';
                    }
                    out[end++] = '.';
                    out[end++] = '.';
                    floor = end;
                }
            } else if (length != 1 || in[i] != '.') {
                if (end > at && !(rooted && end == at + 1)) {
                    out[end++] = '/';
                }
                System.arraycopy(in, i, out, end, length);
                end += length;
            }
            i = stop;
        }
        if (isSlash(in[to - 1], windows) && end > at && out[end - 1] != '/') {
            out[end++] = '/';
        }
        return end;
    }

    private static boolean isSlash(byte c, boolean windows) {
        return c == '/' || windows && c == '\\';
    }
}
