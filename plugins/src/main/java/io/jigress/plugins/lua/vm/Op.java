package io.jigress.plugins.lua.vm;

/// The instructions. An instruction is a long: 8 bits operation, 16 bits A, 20 bits B, 20 bits C; some have one field of 30 bits (X) in place of
/// B and C. A is a register. B and C are registers too, or constants where they are marked K.
final class Op {
    /// Set in a field K that is a constant.
    static final int CONSTANT = 1 << 19;

    static final int MOVE = 0; // A = B
    static final int LOADK = 1; // A = constant X
    static final int LOADNIL = 2; // A to B = nil
    static final int LOADBOOL = 3; // A = B is 1
    static final int GETUPVAL = 4; // A = upvalue B
    static final int SETUPVAL = 5; // upvalue B = K(C)
    static final int NEWCELL = 6; // A = a cell with A
    static final int GETCELL = 7; // A = cell B
    static final int SETCELL = 8; // cell A = K(C)
    static final int GETGLOBAL = 9; // A = global named by constant X
    static final int SETGLOBAL = 10; // global named by constant B = K(C)
    static final int GETFIELD = 11; // A = B[constant C], a string
    static final int GETTABLE = 12; // A = B[K(C)]
    static final int SETTABLE = 13; // A[K(B)] = K(C)
    static final int SELF = 14; // A + 1 = B; A = B[constant C]
    static final int NEWTABLE = 15; // A = {}
    static final int SETLIST = 16; // A[C], A[C + 1], ... = B & 1023 and the following; B >> 10 of them, or up to the top for 0
    static final int ADD = 17; // A = K(B) + K(C)
    static final int SUB = 18;
    static final int MUL = 19;
    static final int DIV = 20;
    static final int MOD = 21;
    static final int POW = 22;
    static final int UNM = 23; // A = -B
    static final int NOT = 24; // A = not B
    static final int LEN = 25; // A = #B
    static final int CONCAT = 26; // A = B .. to .. C
    static final int JMP = 27; // to X
    static final int JMPIF = 28; // to X if A
    static final int JMPIFNOT = 29; // to X if not A
    static final int EQ = 30; // skips the next instruction unless (K(B) == K(C)) is A
    static final int LT = 31;
    static final int LE = 32;
    static final int CALL = 33; // A with B - 1 arguments, C - 1 results; 0 for up to the top
    static final int TAILCALL = 34; // followed by RETURN
    static final int RETURN = 35; // B - 1 values from A on; 0 for up to the top
    static final int VARARG = 36; // A and the following = B - 1 arguments; 0 for all
    static final int FORPREP = 37; // to X
    static final int FORLOOP = 38; // to X while the loop goes on
    static final int TFORCALL = 39; // calls A; B results from A + 3 on
    static final int TFORLOOP = 40; // to X unless A + 3 is nil
    static final int CLOSURE = 41; // A = closure of child X

    private Op() {}

    static long of(int op, int a, int b, int c) {
        return op | (long) a << 8 | (long) b << 24 | (long) c << 44;
    }

    static long of(int op, int a, int x) {
        return op | (long) a << 8 | (long) x << 24;
    }

    static int op(long instruction) {
        return (int) instruction & 0xff;
    }

    static int a(long instruction) {
        return (int) (instruction >>> 8) & 0xffff;
    }

    static int b(long instruction) {
        return (int) (instruction >>> 24) & 0xfffff;
    }

    static int c(long instruction) {
        return (int) (instruction >>> 44);
    }

    static int x(long instruction) {
        return (int) (instruction >>> 24) & 0x3fffffff;
    }
}
