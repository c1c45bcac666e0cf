package io.jigress.plugins.lua.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.plugins.lua.lib.Library;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Runs scripts and compares what they print with what LuaJIT printed for the same script.
class LuaLanguageTest {
    private static final Path SCRIPTS = Path.of("src/test/resources/lua/language");

    static Stream<Path> scripts() throws IOException {
        try (Stream<Path> files = Files.list(SCRIPTS)) {
            return files.filter(file -> file.toString().endsWith(".lua")).sorted().toList().stream();
        }
    }

    static String run(String script) {
        StringBuilder out = new StringBuilder();
        LuaState state = new LuaState(new Meter(50_000_000, 5_000_000_000L, 64 << 20, System::nanoTime));
        Library.install(state, () -> Instant.ofEpochSecond(1_700_000_000), 1, line -> out.append(line).append('\n'));
        state.start(state.coroutine(state.load(Prototype.compile(script, "script", 1), state.globals())));
        return out.toString();
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void printsTheSameAsLuaJit(Path script) throws IOException {
        String expected = Files.readString(Path.of(script.toString().replace(".lua", ".out")), StandardCharsets.ISO_8859_1);
        assertThat(run(Files.readString(script, StandardCharsets.ISO_8859_1)).lines())
                .containsExactlyElementsOf(expected.lines().toList());
    }

    @Test
    void errorsNameSourceAndLine() {
        assertThatThrownBy(() -> run("local a = 1\nlocal b = nil\nreturn b.x"))
                .isInstanceOf(LuaError.class).hasMessage("script:3: attempt to index local 'b' (a nil value)");
        assertThatThrownBy(() -> run("local a = 1\n\nfoo bar = 1")).hasMessage("script:3: syntax error near 'bar'");
        for (String broken : List.of("x = ", "for i = 1 do end", "if x then", "return return", "x = 'a", "goto nowhere", "break",
                "x = }", "local function end", "a.b:c = 1", "x = [==[", "--[[")) {
            assertThatThrownBy(() -> run(broken)).as(broken).isInstanceOf(LuaError.class).hasMessageStartingWith("script:1: ");
        }
    }
}
