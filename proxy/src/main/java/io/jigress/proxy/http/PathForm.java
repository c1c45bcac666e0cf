package io.jigress.proxy.http;

import io.jigress.config.PathRules;
import io.jigress.config.PathRules.Handling;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Brings paths into their normal form.
///
/// Most paths are in that form already, which [#isPlain] checks in one pass; only the others are rewritten.
public final class PathForm {
    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.ISO_8859_1);

    private @Nullable PathFault fault;

    PathForm() {}

    /// Whether a path is in normal form whatever the rules are: it has no escape, backslash, parameter, empty segment, nor a segment that
    /// starts with a dot.
    public static boolean isPlain(byte[] bytes, int from, int to) {
        int found = 0;
        int before = 0;
        for (int i = from; i < to; i++) {
            int octet = Octets.target(bytes[i]);
            found |= Octets.mark(before, octet);
            before = octet;
        }
        return found == 0;
    }

    /// Writes the normal form of a path, which is never longer, into an array from `at` on.
    ///
    /// @param out has room for the path as it is; may be the array of the path, where the ranges do not overlap
    /// @return where the normal form ends; -1 when the path is refused, with a [#fault]
    int write(byte[] path, int from, int to, PathRules rules, byte[] out, int at) {
        fault = null;
        int decodedTo = decode(path, from, to, rules, out, at);
        return decodedTo < 0 ? decodedTo : segments(out, at, decodedTo, rules);
    }

    /// Why the last path was refused.
    @Nullable PathFault fault() {
        return fault;
    }

    private int refused(PathFault by) {
        fault = by;
        return -1;
    }

    // ---- escapes and backslashes

    private int decode(byte[] path, int from, int to, PathRules rules, byte[] out, int at) {
        int end = at;
        for (int i = from; i < to; i++) {
            byte b = path[i];
            switch (b) {
                case '%' -> {
                    int octet = escaped(path, i, to);
                    if (octet < 0) {
                        if (rules.escapes() != Handling.KEEP) {
                            return refused(PathFault.PATH_ESCAPE_INVALID);
                        }
                        out[end++] = b;
                        continue;
                    }
                    PathFault fault = faultOf(octet, rules);
                    if (fault != null) {
                        return refused(fault);
                    }
                    if (isDecoded(octet, rules)) {
                        out[end++] = (byte) (octet == '\\' ? '/' : octet);
                    } else {
                        out[end++] = '%';
                        boolean kept = rules.escapes() == Handling.KEEP;
                        out[end++] = kept ? path[i + 1] : HEX[octet >> 4];
                        out[end++] = kept ? path[i + 2] : HEX[octet & 15];
                    }
                    i += 2;
                }
                case '\\' -> {
                    if (rules.backslashes() == Handling.REJECT) {
                        return refused(PathFault.PATH_BACKSLASH);
                    }
                    out[end++] = rules.backslashes() == Handling.KEEP ? b : (byte) '/';
                }
                case ';' -> {
                    if (rules.parameters() == Handling.REJECT) {
                        return refused(PathFault.PATH_PARAMETER);
                    }
                    out[end++] = b;
                }
                default -> out[end++] = b;
            }
        }
        return end;
    }

    /// The octet that an escape stands for; -1 when it is malformed.
    private static int escaped(byte[] path, int at, int to) {
        if (at + 2 >= to) {
            return -1;
        }
        int high = Octets.hex(path[at + 1]);
        int low = Octets.hex(path[at + 2]);
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    private static @Nullable PathFault faultOf(int escaped, PathRules rules) {
        return switch (escaped) {
            case 0 -> rules.escapes() == Handling.KEEP ? null : PathFault.PATH_NUL;
            case '/' -> rules.encodedSlashes() == Handling.REJECT ? PathFault.PATH_ENCODED_SLASH : null;
            case '\\' -> rules.backslashes() == Handling.REJECT ? PathFault.PATH_BACKSLASH : null;
            case ';' -> rules.parameters() == Handling.REJECT ? PathFault.PATH_PARAMETER : null;
            default -> null;
        };
    }

    private static boolean isDecoded(int escaped, PathRules rules) {
        return switch (escaped) {
            case '/' -> rules.encodedSlashes() == Handling.NORMALIZE;
            case '\\' -> rules.backslashes() == Handling.NORMALIZE;
            case '.' -> rules.escapes() == Handling.NORMALIZE || rules.dotSegments() != Handling.KEEP;
            default -> rules.escapes() == Handling.NORMALIZE && isUnreserved(escaped);
        };
    }

    /// RFC 3986, section 2.3.
    private static boolean isUnreserved(int octet) {
        return octet < 0x80 && Octets.host(octet) != 0;
    }

    // ---- segments

    /// Walks over the segments of `[from, to)` and writes those that remain at its start; the result is never longer.
    private int segments(byte[] path, int from, int to, PathRules rules) {
        int end = from; // behind the last slash or octet that remains
        int i = from;
        while (i < to) {
            // path[i] is a slash, since a path starts with one
            int start = i + 1;
            int stop = start;
            while (stop < to && path[stop] != '/') {
                stop++;
            }
            boolean last = stop == to;
            if (start == stop && !last && rules.repeatedSlashes() != Handling.KEEP) {
                if (rules.repeatedSlashes() == Handling.REJECT) {
                    return refused(PathFault.PATH_REPEATED_SLASH);
                }
                i = stop;
                continue;
            }
            if (rules.dotSegments() != Handling.KEEP) {
                int dots = dots(path, start, stop);
                if (dots < 0) {
                    return refused(PathFault.PATH_AMBIGUOUS_DOT_SEGMENT);
                }
                if (dots > 0) {
                    if (rules.dotSegments() == Handling.REJECT) {
                        return refused(PathFault.PATH_DOT_SEGMENT);
                    }
                    if (dots == 2) {
                        if (end == from) {
                            return refused(PathFault.PATH_ABOVE_ROOT);
                        }
                        end = lastSlash(path, from, end);
                    }
                    if (last) {
                        path[end++] = '/';
                    }
                    i = stop;
                    continue;
                }
            }
            int length = stop - i;
            System.arraycopy(path, i, path, end, length);
            end += length;
            i = stop;
        }
        return end;
    }

    private static int lastSlash(byte[] path, int from, int end) {
        int at = end - 1;
        while (at > from && path[at] != '/') {
            at--;
        }
        return at;
    }

    /// 1 or 2 for a dot segment, 0 for any other, -1 for a segment that only some servers treat as a dot segment.
    private static int dots(byte[] path, int from, int to) {
        int pieceFrom = from;
        boolean pieces = false;
        for (int i = from; i <= to; i++) {
            int width = i == to ? 1 : separator(path, i, to);
            if (width == 0) {
                continue;
            }
            int dots = dotsOf(path, pieceFrom, i);
            boolean whole = i == to && !pieces;
            if (dots != 0 && !(whole && dots > 0)) {
                return -1;
            }
            if (whole) {
                return dots;
            }
            pieces = true;
            pieceFrom = i + width;
            i += width - 1;
        }
        return 0;
    }

    /// The length of a separator that some servers treat as a slash; 0 when there is none at this position.
    private static int separator(byte[] path, int at, int to) {
        if (path[at] == '\\') {
            return 1;
        }
        int escaped = path[at] == '%' ? escaped(path, at, to) : -1;
        return escaped == '/' || escaped == '\\' ? 3 : 0;
    }

    /// The same as [#dots] for a piece without separators.
    private static int dotsOf(byte[] path, int from, int to) {
        int dots = 0;
        while (from + dots < to && dots < 3 && path[from + dots] == '.') {
            dots++;
        }
        if (dots == 0 || dots > 2) {
            return 0;
        }
        int next = from + dots;
        if (next == to) {
            return dots;
        }
        return path[next] == ';' || path[next] == '%' && escaped(path, next, to) == ';' ? -1 : 0;
    }

    // ---- the paths of rules

    /// The normal form of the path of a rule: escapes as in the normal form of a request's path; characters that are not allowed in a
    /// request target are percent-encoded as UTF-8.
    public static byte[] ofRule(String path) {
        byte[] text = path.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[3 * text.length];
        int end = 0;
        for (int i = 0; i < text.length; i++) {
            int octet = text[i] & 0xff;
            int escaped = octet == '%' ? escaped(text, i, text.length) : -1;
            if (escaped >= 0) {
                octet = escaped;
                i += 2;
            }
            if (escaped < 0 && Octets.target(octet) != 0 || isUnreserved(octet)) {
                out[end++] = (byte) octet;
            } else {
                out[end++] = '%';
                out[end++] = HEX[octet >> 4];
                out[end++] = HEX[octet & 15];
            }
        }
        return Arrays.copyOf(out, end);
    }
}
