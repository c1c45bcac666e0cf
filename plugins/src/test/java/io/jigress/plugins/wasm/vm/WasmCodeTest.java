package io.jigress.plugins.wasm.vm;

import io.jigress.plugins.load.CodeFault;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// Modules that are refused because the limits of an instance would not bound what they use.
class WasmCodeTest {
    private static final byte[] MEMORY = {5, 3, 1, 0, 1};

    private static WasmCode load(byte[]... sections) throws CodeFault {
        ByteArrayOutputStream module = new ByteArrayOutputStream();
        module.writeBytes(new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0});
        for (byte[] section : sections) {
            module.writeBytes(section);
        }
        return new BytecodeCache(null, 0, new CompilerJvm(Path.of("none"), "", 1 << 29)).load(module.toByteArray(),
                "0".repeat(64));
    }

    @Test
    void acceptsOneMemory() throws CodeFault {
        assertThat(load(MEMORY).exports("proxy_on_tick")).isFalse();
    }

    @Test
    void refusesOtherMemories() {
        assertThatThrownBy(() -> load()).hasMessageContaining("0 memories");
        assertThatThrownBy(() -> load(new byte[] {5, 4, 1, 3, 1, 1})).isInstanceOf(CodeFault.class);
        assertThatThrownBy(() -> load(new byte[] {5, 5, 2, 0, 1, 0, 1})).isInstanceOf(CodeFault.class);
    }

    @Test
    void refusesObjectsAndExceptions() {
        assertThatThrownBy(() -> load(new byte[] {1, 3, 1, 0x5f, 0}, MEMORY)).isInstanceOf(CodeFault.class)
                .hasMessageContaining("garbage collection");
        assertThatThrownBy(() -> load(new byte[] {1, 4, 1, 0x60, 0, 0}, MEMORY, new byte[] {13, 3, 1, 0, 0}))
                .isInstanceOf(CodeFault.class).hasMessageContaining("exceptions");
    }

    @Test
    void refusesHugeTables() {
        assertThatThrownBy(() -> load(new byte[] {4, 6, 1, 0x70, 0, (byte) 0x80, (byte) 0x80, 0x20}, MEMORY))
                .isInstanceOf(CodeFault.class).hasMessageContaining("a table of 524288 elements");
    }

    @Test
    void refusesWhatIsNoModule() {
        assertThatThrownBy(() -> load(new byte[] {99, 1, 0})).isInstanceOf(CodeFault.class)
                .hasMessageContaining("not a valid WebAssembly module");
    }
}
