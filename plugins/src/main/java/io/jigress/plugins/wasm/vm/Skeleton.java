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
    private static final int DATA = 11;
    private static final int DATA_COUNT = 12;
    /// The length of a body, and one that traps: no locals, `unreachable`, `end`.
    private static final byte[] TRAP = {3, 0, 0x00, 0x0b};

    private final byte[] module;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int at;
    /// Whether its functions may refer to segments of data by their numbers.
    private boolean numbered;

    private Skeleton(byte[] module) {
        this.module = module;
    }

    /// Gives the module with bodies that trap, without its custom sections, and with few segments of data.
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
        numbered |= id == DATA_COUNT;
        byte[] data = id == DATA && !numbered ? DataSegments.merged(module, at) : null;
        if (id == CODE) {
            section(CODE, bodies(kept));
        } else if (data != null) {
            section(DATA, data);
        } else if (id != CUSTOM) {
            at = begin;
            copy(end - begin);
        }
        at = end;
    }

    private void section(int id, byte[] content) {
        out.write(id);
        Leb128.write(out, content.length);
        out.writeBytes(content);
    }

    /// The content of the section of code.
    private byte[] bodies(IntPredicate kept) {
        Skeleton bodies = new Skeleton(module);
        bodies.at = at;
        int count = bodies.number();
        Leb128.write(bodies.out, count);
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

    private int number() {
        int number = Leb128.unsigned(module, at);
        at += Leb128.length(module, at);
        return number;
    }

    private void copy(int length) {
        out.write(module, at, length);
        at += length;
    }
}
