package io.jigress.app.train;

import io.jigress.plugins.wasm.vm.Leb128;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Writes a Proxy-Wasm plugin in the binary format of WebAssembly, which copies a field of each request: the training run compiles, loads and calls it,
/// so that the first plugin of a gateway loads faster.
///
/// Source: WebAssembly Core Specification, section 5 (binary format).
final class TrainingModule {
    private static final int I32 = 0x7f;
    private static final int CALL = 0x10;
    private static final int DROP = 0x1a;
    private static final int LOCAL_GET = 0x20;
    private static final int GLOBAL_GET = 0x23;
    private static final int GLOBAL_SET = 0x24;
    /// These two are followed by an alignment, as a power of two, and an offset.
    private static final int I32_LOAD = 0x28;
    private static final int I32_STORE = 0x36;
    private static final int I32_CONST = 0x41;
    private static final int I32_ADD = 0x6a;
    private static final int END = 0x0b;
    /// What the start of a plugin calls, so that it has some size. The module stays below what is compiled by a process of its own.
    private static final int FUNCTIONS = 600;
    private static final int IMPORTS = 2;
    private static final int ALLOCATE = IMPORTS;
    private static final int MARKER = IMPORTS + 1;
    private static final int CONTEXT_CREATE = IMPORTS + 2;
    private static final int REQUEST_HEADERS = IMPORTS + 3;
    private static final int FIRST = IMPORTS + 4;
    /// Places in the memory: a name, another one, and where the host writes the address and the length of a value. Beyond 4096 it is allocated.
    private static final int NAME = 1024;
    private static final int COPY = 1056;
    private static final int VALUE = 1088;
    private static final int FREE = 4096;
    private static final String FROM = "host";
    private static final String TO = "x-train";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private TrainingModule() {}

    /// @param number makes the module, and so its digest, another one
    static byte[] of(int number) {
        TrainingModule module = new TrainingModule();
        module.out.writeBytes(new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0});
        module.section(1, items(List.of(
                type(List.of(I32, I32, I32, I32, I32), List.of(I32)),
                type(List.of(I32), List.of(I32)),
                type(List.of(), List.of()),
                type(List.of(I32, I32), List.of()),
                type(List.of(I32, I32, I32), List.of(I32)))));
        module.section(2, items(List.of(imported("proxy_get_header_map_value"), imported("proxy_add_header_map_value"))));
        TrainingModule types = new TrainingModule();
        types.number(FIRST - IMPORTS + FUNCTIONS).number(1).number(2).number(3).number(4);
        for (int i = 0; i < FUNCTIONS; i++) {
            types.number(1);
        }
        module.section(3, types.out.toByteArray());
        module.section(5, new byte[] {1, 0, 1}); // A memory of one page.
        module.section(6, new TrainingModule().number(1).bytes(I32, 1).constant(FREE).bytes(END).out.toByteArray());
        module.section(7, items(List.of(
                exported("memory", 2, 0), exported("proxy_on_memory_allocate", 0, ALLOCATE),
                exported("proxy_abi_version_0_2_1", 0, MARKER), exported("proxy_on_context_create", 0, CONTEXT_CREATE),
                exported("proxy_on_request_headers", 0, REQUEST_HEADERS))));
        TrainingModule code = new TrainingModule().number(FIRST - IMPORTS + FUNCTIONS);
        // Gives the present end of what is allocated and moves it.
        code.body(new TrainingModule().bytes(GLOBAL_GET, 0, GLOBAL_GET, 0, LOCAL_GET, 0, I32_ADD, GLOBAL_SET, 0));
        code.body(new TrainingModule());
        TrainingModule start = new TrainingModule();
        for (int i = 0; i < FUNCTIONS; i++) {
            start.constant(i).bytes(CALL).number(FIRST + i).bytes(DROP);
        }
        code.body(start);
        code.body(new TrainingModule()
                .constant(0).constant(NAME).constant(FROM.length()).constant(VALUE).constant(VALUE + 4).bytes(CALL, 0, DROP)
                .constant(0).constant(COPY).constant(TO.length()).load(VALUE).load(VALUE + 4).bytes(CALL, 1, DROP)
                .constant(0));
        for (int i = 0; i < FUNCTIONS; i++) {
            // Stores its parameter and gives it with something added.
            code.body(
                    new TrainingModule().constant(VALUE + 8).bytes(LOCAL_GET, 0, I32_STORE, 2, 0).load(VALUE + 8).constant(i)
                            .bytes(I32_ADD));
        }
        module.section(10, code.out.toByteArray());
        module.section(11, items(List.of(data(NAME, FROM), data(COPY, TO), data(VALUE + 16, "module " + number))));
        return module.out.toByteArray();
    }

    private static byte[] type(List<Integer> parameters, List<Integer> results) {
        TrainingModule type = new TrainingModule().bytes(0x60).number(parameters.size());
        parameters.forEach(type::bytes);
        type.number(results.size());
        results.forEach(type::bytes);
        return type.out.toByteArray();
    }

    private static byte[] imported(String function) {
        return new TrainingModule().name("env").name(function).bytes(0, 0).out.toByteArray();
    }

    private static byte[] exported(String name, int kind, int index) {
        return new TrainingModule().name(name).bytes(kind).number(index).out.toByteArray();
    }

    private static byte[] data(int place, String text) {
        return new TrainingModule().bytes(0).constant(place).bytes(END).name(text).out.toByteArray();
    }

    private static byte[] items(List<byte[]> items) {
        TrainingModule all = new TrainingModule().number(items.size());
        items.forEach(all.out::writeBytes);
        return all.out.toByteArray();
    }

    private void section(int id, byte[] content) {
        bytes(id).number(content.length).out.writeBytes(content);
    }

    /// A function without variables of its own.
    private void body(TrainingModule code) {
        number(code.out.size() + 2).bytes(0).out.writeBytes(code.out.toByteArray());
        bytes(END);
    }

    private TrainingModule name(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        number(bytes.length).out.writeBytes(bytes);
        return this;
    }

    private TrainingModule load(int place) {
        return constant(place).bytes(I32_LOAD, 2, 0);
    }

    /// Pushes a constant.
    private TrainingModule constant(int value) {
        bytes(I32_CONST);
        Leb128.writeSigned(out, value);
        return this;
    }

    private TrainingModule number(int value) {
        Leb128.write(out, value);
        return this;
    }

    private TrainingModule bytes(int... bytes) {
        for (int each : bytes) {
            out.write(each);
        }
        return this;
    }
}
