package io.jigress.plugins.lua;

import io.jigress.api.Json;
import io.jigress.testkit.FilterTester;
import java.util.function.UnaryOperator;

/// Starts scripts in the filter test kit.
final class LuaTester {

    private LuaTester() {}

    static FilterTester start(String script) {
        return start(script, config -> config);
    }

    static FilterTester start(String script, UnaryOperator<Json.Builder> more) {
        return FilterTester.start(LuaFactory.withThreadClock(), config(script, more));
    }

    static Json.Obj config(String script, UnaryOperator<Json.Builder> more) {
        return more.apply(Json.object().put("script", script).put("source", "script").put("name", "default/test")
                .put("backends", Json.object().put("auth", "cluster-auth").build())).build();
    }
}
