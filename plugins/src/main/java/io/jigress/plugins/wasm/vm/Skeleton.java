package io.jigress.plugins.wasm.vm;

import java.io.ByteArrayOutputStream;
import java.util.function.IntPredicate;

/// Makes a module without code: what an instance needs whose functions are elsewhere.
///
/// Source: WebAssembly Core Specification, section 5.5 (binary format of modules).
final class Skeleton {
    private static final int HEADER = 8;
    private static final int CUSTOM = 0;
    private static final int CODE = 10;
    /// The length of a body, and one that traps: no locals, `unreachable`, `end`.
    private static final byte[] TRAP = {3, 0, 0x00, 0x0b};

    private final byte[] module;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int at;

    private Skeleton(byte[] module) {
        this.module = module;
    }

    /// Gives the module with bodies that trap, and without its custom sections.
    ///
    /// @param module a valid one
    /// @param kept which functions keep their bodies; 0 is the first function that is not imported
    static byte[] of(byte[] module, IntPredicate kept) {
        Skeleton skeleton = new Skeleton(module);
        skeleton.copy(HEADER);
        while (skeleton.at < module.length) {
            skeleton.section(kept);
        }
        return skeleton.out.toByteArray();
    }

    private void section(IntPredicate kept) {
        int begin = at;
        int id = module[at++];
        int length = number();
        int end = at + length;
        if (id == CODE) {
            byte[] bodies = bodies(kept);
            out.write(CODE);
            write(bodies.length);
            out.writeBytes(bodies);
        } else if (id != CUSTOM) {
            at = begin;
            copy(end - begin);
        }
        at = end;
    }

    /// The content of the section of code.
    private byte[] bodies(IntPredicate kept) {
        Skeleton bodies = new Skeleton(module);
        bodies.at = at;
        int count = bodies.number();
        bodies.write(count);
        for (int i = 0; i < count; i++) {
            int begin = bodies.at;
            int length = bodies.number();
            int end = bodies.at + length;
            if (kept.test(i)) {
                bodies.at = begin;
                bodies.copy(end - begin);
            } else {
                bodies.out.writeBytes(TRAP);
            }
            bodies.at = end;
        }
        return bodies.out.toByteArray();
    }

    private void copy(int length) {
        out.write(module, at, length);
        at += length;
    }

    /// Reads an unsigned number in LEB128.
    private int number() {
        int number = 0;
        for (int shift = 0;; shift += 7) {
            byte digit = module[at++];
            number |= (digit & 0x7f) << shift;
            if (digit >= 0) {
                return number;
            }
        }
    }

    private void write(int number) {
        int rest = number;
        while (rest > 0x7f) {
            out.write(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
    }
}
