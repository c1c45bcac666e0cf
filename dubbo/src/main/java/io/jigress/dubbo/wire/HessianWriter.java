package io.jigress.dubbo.wire;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes Hessian 2 in the same forms as Dubbo's own library, the shortest for each value. Writes no references, since the input is a tree.
public final class HessianWriter {
    private static final int CHUNK = 0x8000;

    private final ByteBuf out;
    private final List<String> types = new ArrayList<>();
    private final List<HessianValue.ClassDefinition> definitions = new ArrayList<>();

    /// @param out borrowed
    public HessianWriter(ByteBuf out) {
        this.out = out;
    }

    /// The number of bytes in the buffer.
    public int size() {
        return out.readableBytes();
    }

    public void nothing() {
        out.writeByte('N');
    }

    public void bool(boolean value) {
        out.writeByte(value ? 'T' : 'F');
    }

    public void integer(int value) {
        if (value >= -0x10 && value <= 0x2f) {
            out.writeByte(0x90 + value);
        } else if (value >= -0x800 && value <= 0x7ff) {
            out.writeByte(0xc8 + (value >> 8)).writeByte(value);
        } else if (value >= -0x40000 && value <= 0x3ffff) {
            out.writeByte(0xd4 + (value >> 16)).writeShort(value);
        } else {
            out.writeByte('I').writeInt(value);
        }
    }

    public void longInteger(long value) {
        if (value >= -0x8 && value <= 0xf) {
            out.writeByte((int) (0xe0 + value));
        } else if (value >= -0x800 && value <= 0x7ff) {
            out.writeByte((int) (0xf8 + (value >> 8))).writeByte((int) value);
        } else if (value >= -0x40000 && value <= 0x3ffff) {
            out.writeByte((int) (0x3c + (value >> 16))).writeShort((int) value);
        } else if (value >= Integer.MIN_VALUE && value <= Integer.MAX_VALUE) {
            out.writeByte(0x59).writeInt((int) value);
        } else {
            out.writeByte('L').writeLong(value);
        }
    }

    public void real(double value) {
        int whole = (int) value;
        // Not for -0.0, which the short forms do not have.
        if (Double.doubleToRawLongBits(whole) == Double.doubleToRawLongBits(value) && whole >= -0x8000 && whole < 0x8000) {
            if (whole == 0 || whole == 1) {
                out.writeByte(0x5b + whole);
            } else if (whole >= -0x80 && whole < 0x80) {
                out.writeByte(0x5d).writeByte(whole);
            } else {
                out.writeByte(0x5e).writeShort(whole);
            }
        } else {
            out.writeByte('D').writeLong(Double.doubleToRawLongBits(value));
        }
    }

    public void date(long millis) {
        if (millis % 60_000 == 0 && millis / 60_000 == (int) (millis / 60_000)) {
            out.writeByte(0x4b).writeInt((int) (millis / 60_000));
        } else {
            out.writeByte(0x4a).writeLong(millis);
        }
    }

    public void text(@Nullable String value) {
        if (value == null) {
            nothing();
            return;
        }
        int at = 0;
        while (value.length() - at > CHUNK) {
            int length = Character.isHighSurrogate(value.charAt(at + CHUNK - 1)) ? CHUNK - 1 : CHUNK;
            out.writeByte('R').writeShort(length);
            characters(value, at, at + length);
            at += length;
        }
        int length = value.length() - at;
        if (length <= 0x1f) {
            out.writeByte(length);
        } else if (length <= 0x3ff) {
            out.writeByte(0x30 + (length >> 8)).writeByte(length);
        } else {
            out.writeByte('S').writeShort(length);
        }
        characters(value, at, value.length());
    }

    private void characters(String value, int start, int end) {
        int ascii = start;
        while (ascii < end && value.charAt(ascii) < 0x80) {
            ascii++;
        }
        if (ascii == end) {
            out.writeCharSequence(value.substring(start, end), StandardCharsets.US_ASCII);
            return;
        }
        for (int i = start; i < end; i++) {
            char c = value.charAt(i);
            if (c < 0x80) {
                out.writeByte(c);
            } else if (c < 0x800) {
                out.writeByte(0xc0 | c >> 6).writeByte(0x80 | c & 0x3f);
            } else {
                out.writeByte(0xe0 | c >> 12).writeByte(0x80 | c >> 6 & 0x3f).writeByte(0x80 | c & 0x3f);
            }
        }
    }

    public void bytes(byte[] value) {
        int at = 0;
        while (value.length - at > CHUNK) {
            out.writeByte('A').writeShort(CHUNK).writeBytes(value, at, CHUNK);
            at += CHUNK;
        }
        int length = value.length - at;
        if (length <= 0xf) {
            out.writeByte(0x20 + length);
        } else if (length <= 0x3ff) {
            out.writeByte(0x34 + (length >> 8)).writeByte(length);
        } else {
            out.writeByte('B').writeShort(length);
        }
        out.writeBytes(value, at, length);
    }

    /// Begins a list with the given number of items, which follow; it has no end mark.
    public void list(@Nullable String type, int length) {
        if (length <= 7) {
            out.writeByte((type == null ? 0x78 : 0x70) + length);
            type(type);
        } else {
            out.writeByte(type == null ? 0x58 : 'V');
            type(type);
            integer(length);
        }
    }

    /// Begins a map: keys and values in turn, then [#endOfMap].
    public void map(@Nullable String type) {
        out.writeByte(type == null ? 'H' : 'M');
        type(type);
    }

    public void endOfMap() {
        out.writeByte('Z');
    }

    /// Begins an object; the values of its fields follow, in this order. Objects of one class may have different fields.
    public void object(String type, List<String> fields) {
        HessianValue.ClassDefinition wanted = new HessianValue.ClassDefinition(type, fields);
        int number = definitions.indexOf(wanted);
        if (number < 0) {
            number = definitions.size();
            definitions.add(wanted);
            out.writeByte('C');
            text(type);
            integer(fields.size());
            fields.forEach(this::text);
        }
        if (number <= 0xf) {
            out.writeByte(0x60 + number);
        } else {
            out.writeByte('O');
            integer(number);
        }
    }

    private void type(@Nullable String type) {
        if (type == null) {
            return;
        }
        int number = types.indexOf(type);
        if (number < 0) {
            types.add(type);
            text(type);
        } else {
            integer(number);
        }
    }
}
