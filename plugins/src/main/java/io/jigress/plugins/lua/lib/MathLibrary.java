package io.jigress.plugins.lua.lib;

import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.LuaState;
import io.jigress.plugins.lua.vm.LuaTable;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;

/// The library `math`.
final class MathLibrary {
    private SplittableRandom random;

    private MathLibrary(long seed) {
        random = new SplittableRandom(seed);
    }

    static LuaTable create(LuaState state, long seed) {
        MathLibrary library = new MathLibrary(seed);
        Library functions = Library.of(state);
        function(functions, "abs", Math::abs);
        function(functions, "acos", Math::acos);
        function(functions, "asin", Math::asin);
        function(functions, "atan", Math::atan);
        function(functions, "ceil", Math::ceil);
        function(functions, "cos", Math::cos);
        function(functions, "cosh", Math::cosh);
        function(functions, "deg", Math::toDegrees);
        function(functions, "exp", Math::exp);
        function(functions, "floor", Math::floor);
        function(functions, "log10", Math::log10);
        function(functions, "rad", Math::toRadians);
        function(functions, "sin", Math::sin);
        function(functions, "sinh", Math::sinh);
        function(functions, "sqrt", Math::sqrt);
        function(functions, "tan", Math::tan);
        function(functions, "tanh", Math::tanh);
        functions.put("pi", (Object) Math.PI).put("huge", (Object) Double.POSITIVE_INFINITY)
                .put("log", call -> call.ret(call.has(2)
                        ? Math.log(call.number(1)) / Math.log(call.number(2))
                        : Math.log(call.number(1))))
                .put("atan2", call -> call.ret(Math.atan2(call.number(1), call.number(2))))
                .put("fmod", MathLibrary::fmod).put("mod", MathLibrary::fmod).put("pow", call -> call.ret(Math.pow(call.number(1),
                        call.number(2))))
                .put("modf", call -> {
                    double x = call.number(1);
                    double whole = x >= 0 ? Math.floor(x) : Math.ceil(x);
                    call.ret(whole);
                    call.ret(Double.isInfinite(x) ? 0 : x - whole);
                }).put("frexp", MathLibrary::frexp)
                .put("ldexp", call -> call.ret(call.number(1) * Math.pow(2, call.integer(2)))).put("max", call -> {
                    double most = call.number(1);
                    for (int i = 2; i <= call.count(); i++) {
                        most = Math.max(most, call.number(i));
                    }
                    call.ret(most);
                }).put("min", call -> {
                    double least = call.number(1);
                    for (int i = 2; i <= call.count(); i++) {
                        least = Math.min(least, call.number(i));
                    }
                    call.ret(least);
                }).put("random", library::random)
                .put("randomseed", call -> library.random = new SplittableRandom(Double.doubleToLongBits(call.number(1))));
        return functions.table();
    }

    private static void function(Library functions, String name, DoubleUnaryOperator body) {
        functions.put(name, call -> call.ret(body.applyAsDouble(call.number(1))));
    }

    private static void fmod(Call call) {
        call.ret(call.number(1) % call.number(2));
    }

    private static void frexp(Call call) {
        double x = call.number(1);
        if (x == 0 || Double.isNaN(x) || Double.isInfinite(x)) {
            call.ret(x);
            call.ret(0.0);
            return;
        }
        int exponent = Math.getExponent(x) + 1;
        if (exponent < Double.MIN_EXPONENT) {
            // A subnormal number.
            exponent = Math.getExponent(x * 0x1p54) + 1 - 54;
        }
        call.ret(Math.scalb(x, -exponent));
        call.ret((double) exponent);
    }

    private void random(Call call) {
        double r = random.nextDouble();
        if (call.count() == 0) {
            call.ret(r);
            return;
        }
        double low = call.count() == 1 ? 1 : Math.floor(call.number(1));
        double high = Math.floor(call.number(Math.min(2, call.count())));
        if (low > high) {
            throw call.bad(Math.min(2, call.count()), "interval is empty");
        }
        call.ret(Math.floor(r * (high - low + 1)) + low);
    }
}
