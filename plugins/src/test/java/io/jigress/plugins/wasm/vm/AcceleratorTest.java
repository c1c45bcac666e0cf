package io.jigress.plugins.wasm.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.plugins.load.CodeFault;
import java.io.ByteArrayOutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import run.endive.runtime.ExportFunction;

/// A module with many functions of one type, which are called indirectly: function `i` returns `i`.
class AcceleratorTest {
    /// From so many bytes on, the JVM never compiles a method.
    private static final int HUGE = 8000;
    private static final Duration LONG = Duration.ofSeconds(30);

    private static void number(ByteArrayOutputStream out, int number) {
        for (int rest = number;; rest >>>= 7) {
            out.write(rest > 0x7f ? rest & 0x7f | 0x80 : rest);
            if (rest <= 0x7f) {
                return;
            }
        }
    }

    private static void section(ByteArrayOutputStream module, int id, Consumer<ByteArrayOutputStream> content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        content.accept(bytes);
        module.write(id);
        number(module, bytes.size());
        module.writeBytes(bytes.toByteArray());
    }

    private static void body(ByteArrayOutputStream out, int... code) {
        number(out, code.length + 2);
        out.write(0);
        for (int each : code) {
            out.write(each);
        }
        out.write(0x0b);
    }

    /// The last function, `run`, calls the one of its parameter, which is in the table as all are, and adds a global variable, which is 0.
    private static byte[] module(int functions) {
        ByteArrayOutputStream module = new ByteArrayOutputStream();
        module.writeBytes(new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0});
        section(module, 1, out -> out.writeBytes(new byte[] {2, 0x60, 0, 1, 0x7f, 0x60, 1, 0x7f, 1, 0x7f}));
        section(module, 3, out -> {
            number(out, functions + 1);
            for (int i = 0; i <= functions; i++) {
                out.write(i < functions ? 0 : 1);
            }
        });
        section(module, 4, out -> {
            out.writeBytes(new byte[] {1, 0x70, 0});
            number(out, functions + 2);
        });
        section(module, 5, out -> out.writeBytes(new byte[] {1, 0, 1}));
        section(module, 6, out -> out.writeBytes(new byte[] {1, 0x7f, 1, 0x41, 0, 0x0b}));
        section(module, 7, out -> {
            out.writeBytes(new byte[] {1, 3, 'r', 'u', 'n', 0});
            number(out, functions);
        });
        section(module, 9, out -> {
            out.writeBytes(new byte[] {1, 0, 0x41, 0, 0x0b});
            number(out, functions + 1);
            for (int i = 0; i <= functions; i++) {
                number(out, i);
            }
        });
        section(module, 10, out -> {
            number(out, functions + 1);
            for (int i = 0; i < functions; i++) {
                body(out, 0x41, i & 0x7f | 0x80, i >> 7 & 0x7f | 0x80, i >> 14);
            }
            body(out, 0x20, 0, 0x11, 0, 0, 0x23, 0, 0x6a);
        });
        return module.toByteArray();
    }

    private static Guest start(Bytecode bytecode) throws CodeFault {
        return Guest.instantiate(WasmCode.of(bytecode, "0".repeat(64)), (_, _) -> null, new GuestLimits(1, LONG), LONG,
                new Watchdog());
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 1000, 1500})
    void compiledMethodsAreNotTooLargeForTheJvm(int functions) throws CodeFault {
        Bytecode bytecode = Bytecode.compile(module(functions));
        for (byte[] file : bytecode.classes().values()) {
            for (MethodModel method : ClassFile.of().parse(file).methods()) {
                assertThat(method.code().map(code -> ((CodeAttribute) code).codeLength()).orElse(0))
                        .as(method.methodName().stringValue()).isLessThanOrEqualTo(HUGE);
            }
        }
        try (Guest guest = start(bytecode)) {
            ExportFunction run = Objects.requireNonNull(guest.function("run"));
            for (int i = 0; i < functions; i++) {
                assertThat(guest.call(run, i)).isEqualTo(i);
            }
        }
        for (int wrong : new int[] {functions, functions + 1, functions + 2, -1}) {
            try (Guest guest = start(bytecode)) {
                ExportFunction run = Objects.requireNonNull(guest.function("run"));
                assertThatThrownBy(() -> guest.call(run, wrong)).isInstanceOf(Trap.class);
            }
        }
    }
}
