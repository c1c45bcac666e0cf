package io.jigress.proxy.http;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.FieldValue;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The storage of one head and its header fields: the bytes as received, an index over them, and edits as further lines behind
/// them. So received and added fields are found, shown and written by the same code.
///
/// Pooled with its head. After [#release] every method of `Headers` throws IllegalStateException; [#generation] tells one use
/// from the next. Positions (`at`) are those of the index: they start at 0, step by [#STRIDE] and end before [#indexEnd].
public final class HeaderBlock implements Headers {
    public static final int HASH = 0;
    public static final int NAME = 1;
    public static final int NAME_END = 2;
    public static final int VALUE = 3;
    public static final int VALUE_END = 4;
    public static final int LINE_END = 5;
    public static final int FLAGS = 6;
    public static final int STRIDE = 7;

    private static final int FIRST_BYTES = 4 * 1024;
    private static final int KEPT_BYTES = 16 * 1024;
    private static final int FIRST_INDEX = 32 * STRIDE;
    private static final int KEPT_INDEX = 128 * STRIDE;
    private static final int EDIT_BYTES = 64 * 1024;
    private static final int EDIT_FIELDS = 512;
    /// A hash is multiplied by it and the upper bits are used: the lower bits of the hashes of names differ too little.
    private static final int SPREAD = 0x9E3779B9;

    private byte[] bytes;
    private int[] index;
    private int end;
    private int indexEnd;
    private int receivedEnd;
    private int receivedIndexEnd;
    private int removed;
    /// A bit for each name that is or was in the index, so that most names that are not need no search.
    private long names;
    private int generation;
    private boolean live;

    public HeaderBlock() {
        bytes = new byte[FIRST_BYTES];
        index = new int[FIRST_INDEX];
    }

    /// A copy of another one's use, which is not pooled.
    private HeaderBlock(HeaderBlock original) {
        bytes = Arrays.copyOf(original.bytes, original.end);
        index = Arrays.copyOf(original.index, original.indexEnd);
        end = original.end;
        indexEnd = original.indexEnd;
        receivedEnd = original.receivedEnd;
        receivedIndexEnd = original.receivedIndexEnd;
        removed = original.removed;
        names = original.names;
        live = true;
    }

    public void begin() {
        end = 0;
        indexEnd = 0;
        receivedEnd = 0;
        receivedIndexEnd = 0;
        removed = 0;
        names = 0;
        live = true;
    }

    /// The head is complete; what is added from now on are edits.
    public void received(int headEnd) {
        end = headEnd;
        receivedEnd = headEnd;
        receivedIndexEnd = indexEnd;
    }

    /// Ends this use. Arrays that grew beyond the usual size are dropped.
    public void release() {
        checkLive();
        live = false;
        generation++;
        if (bytes.length > KEPT_BYTES) {
            bytes = new byte[FIRST_BYTES];
        }
        if (index.length > KEPT_INDEX) {
            index = new int[FIRST_INDEX];
        }
    }

    /// Grows by one with each [#release].
    public int generation() {
        return generation;
    }

    /// The storage; the array may be another one after an edit.
    public byte[] bytes() {
        return bytes;
    }

    /// The size of the storage on the heap.
    public int storage() {
        return bytes.length + Integer.BYTES * index.length;
    }

    public int[] index() {
        return index;
    }

    public int indexEnd() {
        return indexEnd;
    }

    public int end() {
        return end;
    }

    public void end(int end) {
        this.end = end;
    }

    /// Makes room for at least so many more bytes, before the head is complete; returns how much there is.
    public int room(int least) {
        if (bytes.length - end < least) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, end + least));
        }
        return bytes.length - end;
    }

    // ---- the index

    /// Adds a field line of the storage to the index.
    public int index(int hash, int name, int nameEnd, int value, int valueEnd, int lineEnd, int flags) {
        int at = indexEnd;
        if (at == index.length) {
            index = Arrays.copyOf(index, 2 * Math.max(at, STRIDE));
        }
        int[] index = this.index;
        index[at + HASH] = hash;
        index[at + NAME] = name;
        index[at + NAME_END] = nameEnd;
        index[at + VALUE] = value;
        index[at + VALUE_END] = valueEnd;
        index[at + LINE_END] = lineEnd;
        index[at + FLAGS] = flags;
        indexEnd = at + STRIDE;
        names |= 1L << (hash * SPREAD >>> 26);
        return at;
    }

    public void flag(int at, int flags) {
        index[at + FLAGS] |= flags;
    }

    public boolean named(int at, HeaderName name) {
        return index[at + HASH] == name.hash() && name.matches(bytes, index[at + NAME], index[at + NAME_END]);
    }

    /// The position of the first field of this name, or -1.
    public int find(HeaderName name) {
        return find(name, 0);
    }

    /// The same, starting at a position.
    public int find(HeaderName name, int from) {
        int hash = name.hash();
        if ((names >>> (hash * SPREAD >>> 26) & 1) == 0) {
            return -1;
        }
        int[] index = this.index;
        for (int at = from; at < indexEnd; at += STRIDE) {
            if (index[at] == hash && (index[at + FLAGS] & FieldFlags.REMOVED) == 0
                    && name.matches(bytes, index[at + NAME], index[at + NAME_END])) {
                return at;
            }
        }
        return -1;
    }

    /// The start of the value of the field at a position, in [#bytes].
    public int valueFrom(int at) {
        return index[at + VALUE];
    }

    public int valueTo(int at) {
        return index[at + VALUE_END];
    }

    public void removeAt(int at) {
        index[at + FLAGS] |= FieldFlags.REMOVED;
        removed++;
    }

    // ---- edits

    /// Reserves bytes behind the head for lines and texts that were not received; returns their start.
    ///
    /// @throws IllegalStateException when edits need more than 64 KiB and three times what was received: a long target is copied when its path is
    ///         normalised, when a filter changes it, and when a rewrite does
    public int reserve(int length) {
        int from = end;
        if (from - receivedEnd + length > EDIT_BYTES + 3 * receivedEnd) {
            throw new IllegalStateException("header edits: more than " + (EDIT_BYTES + 3 * receivedEnd) + " bytes");
        }
        if (from + length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, from + length));
        }
        end = from + length;
        return from;
    }

    /// Copies text behind the head, one byte per character; returns its start.
    public int reserve(String text) {
        int from = reserve(text.length());
        write(text, from, from);
        return from;
    }

    /// @param before where the storage ends again when a character is refused
    private void write(String text, int to, int before) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!FieldValue.allowed(c)) {
                end = before;
                throw FieldValue.refused(c, i);
            }
            bytes[to + i] = (byte) c;
        }
    }

    /// Appends a field with a value from elsewhere, or from this storage. The value must not contain CR, LF or NUL; this is not checked.
    public int add(HeaderName name, byte[] value, int from, int to) {
        int line = startLine(name, to - from);
        System.arraycopy(value, from, bytes, line + name.length() + 2, to - from);
        return endLine(name, line);
    }

    /// Replaces all fields of this name with one; the value is not checked, as in [#add].
    public int set(HeaderName name, byte[] value, int from, int to) {
        remove(name);
        return add(name, value, from, to);
    }

    private int addText(HeaderName name, String value) {
        int line = startLine(name, value.length());
        write(value, line + name.length() + 2, line);
        return endLine(name, line);
    }

    /// Reserves a line behind the head and writes the name; the value is to begin after it, a colon and a space.
    int startLine(HeaderName name, int valueLength) {
        if (indexEnd - receivedIndexEnd >= EDIT_FIELDS * STRIDE) {
            throw new IllegalStateException("header edits: more than " + EDIT_FIELDS + " fields");
        }
        int line = reserve(name.length() + valueLength + 4);
        name.copyTo(bytes, line);
        bytes[line + name.length()] = ':';
        bytes[line + name.length() + 1] = ' ';
        return line;
    }

    int endLine(HeaderName name, int line) {
        bytes[end - 2] = '\r';
        bytes[end - 1] = '\n';
        int nameEnd = line + name.length();
        return index(name.hash(), line, nameEnd, nameEnd + 2, end - 2, end, HopByHop.flagsOfAdded(name));
    }

    // ---- Headers

    @Override
    public @Nullable String first(HeaderName name) {
        checkLive();
        int at = find(name);
        return at < 0 ? null : text(index[at + VALUE], index[at + VALUE_END]);
    }

    @Override
    public boolean contains(HeaderName name) {
        checkLive();
        return find(name) >= 0;
    }

    @Override
    public boolean equal(HeaderName name, String value) {
        checkLive();
        int at = find(name);
        return at >= 0 && Octets.equal(bytes, index[at + VALUE], index[at + VALUE_END], value);
    }

    @Override
    public int size() {
        checkLive();
        return indexEnd / STRIDE - removed;
    }

    @Override
    public String nameAt(int i) {
        int at = position(i);
        return text(index[at + NAME], index[at + NAME_END]);
    }

    @Override
    public String valueAt(int i) {
        int at = position(i);
        return text(index[at + VALUE], index[at + VALUE_END]);
    }

    @Override
    public boolean isAt(int i, HeaderName name) {
        return named(position(i), name);
    }

    @Override
    public int indexOf(HeaderName name, int from) {
        checkLive();
        if (removed > 0) {
            return Headers.super.indexOf(name, from);
        }
        int at = find(name, from * STRIDE);
        return at < 0 ? -1 : at / STRIDE;
    }

    @Override
    public boolean endToEnd(int i) {
        return (index[position(i) + FLAGS]
                & (FieldFlags.HOP | FieldFlags.LENGTH | FieldFlags.CODING | FieldFlags.UPGRADE | FieldFlags.TRAILER)) == 0;
    }

    @Override
    public void set(HeaderName name, String value) {
        checkLive();
        int fieldsBefore = indexEnd;
        addText(name, value);
        // Added first: when the value is refused, the existing field must be kept.
        removeBefore(fieldsBefore, name);
    }

    @Override
    public void add(HeaderName name, String value) {
        checkLive();
        addText(name, value);
    }

    @Override
    public boolean remove(HeaderName name) {
        checkLive();
        return removeBefore(indexEnd, name);
    }

    @Override
    public Headers copy() {
        checkLive();
        return new HeaderBlock(this);
    }

    private boolean removeBefore(int limit, HeaderName name) {
        boolean found = false;
        for (int at = find(name); at >= 0 && at < limit; at = find(name, at + STRIDE)) {
            removeAt(at);
            found = true;
        }
        return found;
    }

    private int position(int i) {
        int size = size();
        Objects.checkIndex(i, size);
        if (removed == 0) {
            return i * STRIDE;
        }
        int at = 0;
        for (int left = i;; at += STRIDE) {
            if ((index[at + FLAGS] & FieldFlags.REMOVED) == 0 && left-- == 0) {
                return at;
            }
        }
    }

    public String text(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    public void checkLive() {
        if (!live) {
            throw new IllegalStateException("the exchange of these headers is over");
        }
    }

    @Override
    public String toString() {
        return live ? text(0, receivedEnd) : "released";
    }
}
