package io.jigress.grpcjson.transcode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Finds the end of text that is the same in a JSON string and in UTF-8: printable ASCII without quotes and backslashes. Eight bytes at a time, since
/// most of a large message is such text.
final class PlainText {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH = ONES << 7;
    private static final long SPACES = ONES * ' ';
    private static final long QUOTES = ONES * '"';
    private static final long BACKSLASHES = ONES * '\\';
    private static final long DELETES = ONES * 0x7f;

    private PlainText() {}

    /// The position of the first byte in `[from, to)` that is not plain; `to` when all are.
    static int end(byte[] text, int from, int to) {
        int at = from;
        while (at + Long.BYTES <= to) {
            long marks = marks((long) LONG.get(text, at));
            if (marks != 0) {
                return at + (Long.numberOfTrailingZeros(marks) >>> 3);
            }
            at += Long.BYTES;
        }
        while (at < to && isPlain(text[at])) {
            at++;
        }
        return at;
    }

    /// The highest bit of the first byte that is not plain, and any of those behind it; 0 when all are plain.
    private static long marks(long word) {
        // A byte that is less than the one taken from it borrows: from its own highest bit, which plain bytes do not have.
        return (word | word - SPACES | (word ^ QUOTES) - ONES | (word ^ BACKSLASHES) - ONES | (word ^ DELETES) - ONES) & HIGH;
    }

    private static boolean isPlain(byte b) {
        return b >= ' ' && b != '"' && b != '\\' && b != 0x7f;
    }
}
