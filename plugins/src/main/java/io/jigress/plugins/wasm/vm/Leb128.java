package io.jigress.plugins.wasm.vm;

import java.io.ByteArrayOutputStream;

/// Numbers of 32 bits in modules. What is read is valid.
///
/// Source: WebAssembly Core Specification, section 5.2.2 (integers).
public final class Leb128 {
    private Leb128() {}

    /// How many bytes the number at an index takes.
    static int length(byte[] bytes, int at) {
        int length = 1;
        while (bytes[at + length - 1] < 0) {
            length++;
        }
        return length;
    }

    static int unsigned(byte[] bytes, int at) {
        int number = 0;
        int length = length(bytes, at);
        for (int i = 0; i < length; i++) {
            number |= (bytes[at + i] & 0x7f) << 7 * i;
        }
        return number;
    }

    static int signed(byte[] bytes, int at) {
        int bits = 7 * length(bytes, at);
        int number = unsigned(bytes, at);
        return bits < Integer.SIZE ? number << Integer.SIZE - bits >> Integer.SIZE - bits : number;
    }

    /// An unsigned number.
    public static void write(ByteArrayOutputStream out, int number) {
        int rest = number;
        while ((rest & ~0x7f) != 0) {
            out.write(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
    }

    public static void writeSigned(ByteArrayOutputStream out, int number) {
        int rest = number;
        while (rest < -0x40 || rest > 0x3f) {
            out.write(rest & 0x7f | 0x80);
            rest >>= 7;
        }
        out.write(rest & 0x7f);
    }
}
