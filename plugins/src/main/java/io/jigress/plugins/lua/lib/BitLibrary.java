package io.jigress.plugins.lua.lib;

import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.LuaState;
import io.jigress.plugins.lua.vm.LuaTable;
import java.util.Locale;
import java.util.function.IntBinaryOperator;

/// The library `bit` of LuaJIT: operations on 32-bit integers.
final class BitLibrary {

    private BitLibrary() {}

    static LuaTable create(LuaState state) {
        return Library.of(state).put("tobit", call -> call.ret((double) bits(call, 1)))
                .put("bnot", call -> call.ret((double) ~bits(call, 1))).put("band", call -> fold(call, (a, b) -> a & b))
                .put("bor", call -> fold(call, (a, b) -> a | b)).put("bxor", call -> fold(call, (a, b) -> a ^ b))
                .put("lshift", call -> call.ret((double) (bits(call, 1) << bits(call, 2))))
                .put("rshift", call -> call.ret((double) (bits(call, 1) >>> bits(call, 2))))
                .put("arshift", call -> call.ret((double) (bits(call, 1) >> bits(call, 2))))
                .put("rol", call -> call.ret((double) Integer.rotateLeft(bits(call, 1), bits(call, 2))))
                .put("ror", call -> call.ret((double) Integer.rotateRight(bits(call, 1), bits(call, 2))))
                .put("bswap", call -> call.ret((double) Integer.reverseBytes(bits(call, 1)))).put("tohex", call -> {
                    int digits = call.integer(2, 8);
                    String hex = String.format("%08x", bits(call, 1));
                    int size = Math.clamp(Math.abs((long) digits), 0, 8);
                    String cut = hex.substring(8 - size);
                    call.text(digits < 0 ? cut.toUpperCase(Locale.ROOT) : cut);
                }).table();
    }

    private static int bits(Call call, int i) {
        double number = Math.rint(call.number(i));
        return (int) (long) (number % 0x1p32);
    }

    private static void fold(Call call, IntBinaryOperator operator) {
        int result = bits(call, 1);
        for (int i = 2; i <= call.count(); i++) {
            result = operator.applyAsInt(result, bits(call, i));
        }
        call.ret((double) result);
    }
}
