package io.jigress.plugins.wasm;

import io.jigress.plugins.wasm.abi.HostFunctions;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Assembles small plugins for tests: a module whose functions call host functions with fixed arguments, and check what these return.
final class TestModule {
    /// Where results of host functions are written that tests do not name.
    static final int OUT = 64;
    private static final int DATA = 1024;
    private static final int HEAP = 16 * 1024;
    private static final int I32 = 0x7f;
    private static final int I64 = 0x7e;

    private final List<String> types = new ArrayList<>();
    private final Map<String, Integer> imports = new LinkedHashMap<>();
    private final List<Function> functions = new ArrayList<>();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private int pages = 2;
    private int maxPages = 1000;

    private record Function(String export, String signature, Code code) {}

    /// Text in the memory of the module.
    record Text(int address, int length) {}

    /// A 32-bit number that is read from the memory when the host function is called.
    record Load(int address) {}

    /// A parameter of the function.
    record Parameter(int index) {}

    /// A module that exports no function for the gateway's results.
    static TestModule withoutAllocation() {
        return new TestModule().function("proxy_abi_version_0_2_1", ":", _ -> {});
    }

    static TestModule abi(String version) {
        TestModule module = new TestModule();
        module.function("proxy_abi_version_" + version, ":", _ -> {});
        // Never frees: begins at the heap, and stores its end at address 0.
        module.function("proxy_on_memory_allocate", "i:i", code -> code.allocate());
        return module;
    }

    static TestModule current() {
        return abi("0_2_1");
    }

    TestModule pages(int initial, int most) {
        pages = initial;
        maxPages = most;
        return this;
    }

    TestModule function(String export, String signature, Consumer<Code> body) {
        Code code = new Code(signature);
        functions.add(new Function(export, signature, code));
        body.accept(code);
        return this;
    }

    TestModule requestHeaders(Consumer<Code> body) {
        return function("proxy_on_request_headers", "iii:i", body);
    }

    TestModule requestBody(Consumer<Code> body) {
        return function("proxy_on_request_body", "iii:i", body);
    }

    TestModule responseHeaders(Consumer<Code> body) {
        return function("proxy_on_response_headers", "iii:i", body);
    }

    TestModule responseBody(Consumer<Code> body) {
        return function("proxy_on_response_body", "iii:i", body);
    }

    TestModule configure(Consumer<Code> body) {
        return function("proxy_on_configure", "ii:i", body);
    }

    Text text(String text) {
        return bytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Text bytes(byte[] bytes) {
        Text at = new Text(DATA + data.size(), bytes.length);
        data.writeBytes(bytes);
        return at;
    }

    /// A map in the form of the ABI; names and values alternate.
    Text pairs(String... pairs) {
        return bytes(map(pairs));
    }

    /// The same as bytes.
    static byte[] map(String... pairs) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        fixed(out, pairs.length / 2);
        for (String text : pairs) {
            fixed(out, text.length());
        }
        for (String text : pairs) {
            out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
            out.write(0);
        }
        return out.toByteArray();
    }

    private static void fixed(ByteArrayOutputStream out, int value) {
        for (int shift = 0; shift < 32; shift += 8) {
            out.write(value >> shift);
        }
    }

    /// The instructions of a function.
    final class Code {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final boolean returns;
        private int depth;

        private Code(String signature) {
            returns = !signature.endsWith(":");
        }

        /// Calls a host function and traps unless it returns OK.
        Code host(String name, Object... arguments) {
            return hostReturns(name, 0, arguments);
        }

        /// Calls a host function and traps unless it returns this.
        Code hostReturns(String name, int status, Object... arguments) {
            call("env", name, HostFunctions.signature(name), arguments);
            number(status);
            op(0x47); // i32.ne
            return trapIf();
        }

        /// Calls an imported function whose result is dropped.
        Code imported(String module, String name, String signature, Object... arguments) {
            call(module, name, signature, arguments);
            return signature.endsWith(":") ? this : op(0x1a);
        }

        private void call(String module, String name, String signature, Object... arguments) {
            if (signature.isEmpty()) {
                throw new AssertionError("no host function is called " + name);
            }
            String parameters = signature.substring(0, signature.indexOf(':'));
            int given = 0;
            for (Object argument : arguments) {
                switch (argument) {
                    case Text text -> {
                        number(text.address());
                        number(text.length());
                        given += 2;
                    }
                    case Long value -> {
                        op(0x42);
                        signed(value);
                        given++;
                    }
                    case Integer value -> {
                        number(value);
                        given++;
                    }
                    case Load load -> {
                        load(load.address());
                        given++;
                    }
                    case Parameter parameter -> {
                        op(0x20).unsigned(parameter.index());
                        given++;
                    }
                    default -> throw new AssertionError("an argument of " + name + ": " + argument);
                }
            }
            if (given != parameters.length()) {
                throw new AssertionError(name + " has the type " + signature + ", given were " + given);
            }
            op(0x10).unsigned(importIndex(module + "." + name + " " + signature));
        }

        private int importIndex(String key) {
            return imports.computeIfAbsent(key, _ -> imports.size());
        }

        /// Traps unless the 32-bit number at an address is this.
        Code expect(int address, int value) {
            load(address);
            number(value);
            op(0x47);
            return trapIf();
        }

        /// Traps unless a host function has put this text where it says: at `address` stands its address, and behind it its length.
        Code expectText(int address, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            expect(address + 4, bytes.length);
            for (int i = 0; i < bytes.length; i++) {
                load(address);
                op(0x2d).unsigned(0).unsigned(i); // i32.load8_u
                number(bytes[i] & 0xff);
                op(0x47);
                trapIf();
            }
            return this;
        }

        Code store(int address, int value) {
            number(address);
            number(value);
            return op(0x36).unsigned(2).unsigned(0);
        }

        /// Adds to the number at an address.
        Code add(int address, int value) {
            number(address);
            load(address);
            number(value);
            op(0x6a);
            return op(0x36).unsigned(2).unsigned(0);
        }

        /// Runs the following instructions, up to `end`, if the number at an address is this.
        Code ifEqual(int address, int value) {
            load(address);
            number(value);
            op(0x46);
            depth++;
            return op(0x04).op(0x40);
        }

        /// The same for a parameter.
        Code ifParameter(int index, int value) {
            op(0x20).unsigned(index);
            number(value);
            op(0x46);
            depth++;
            return op(0x04).op(0x40);
        }

        Code end() {
            depth--;
            return op(0x0b);
        }

        Code returns(int value) {
            number(value);
            return op(0x0f);
        }

        Code trap() {
            return op(0x00);
        }

        private Code trapIf() {
            return op(0x04).op(0x40).op(0x00).op(0x0b);
        }

        /// Runs for ever.
        Code loop() {
            return op(0x03).op(0x40).op(0x0c).unsigned(0).op(0x0b);
        }

        /// Runs for ever, and calls a host function each time.
        Code loopOf(String name, Object... arguments) {
            op(0x03).op(0x40);
            call("env", name, HostFunctions.signature(name), arguments);
            return op(0x1a).op(0x0c).unsigned(0).op(0x0b);
        }

        /// Calls the function that is being written, without end.
        Code recurse() {
            for (int i = 0; i < 3; i++) {
                number(0);
            }
            op(0x10);
            selfCalls.add(out.size());
            out.writeBytes(new byte[5]);
            return op(0x1a);
        }

        private final List<Integer> selfCalls = new ArrayList<>();

        /// Grows the memory by so many pages, again and again, until that fails; then traps.
        Code growWithoutEnd(int by) {
            op(0x03).op(0x40);
            number(by);
            op(0x40).op(0x00);
            number(-1);
            op(0x47).op(0x0d).unsigned(0).op(0x0b); // br_if while it is not -1
            return trap();
        }

        private void allocate() {
            // if [0] == 0 then [0] = HEAP; result = [0]; [0] += (size + 7) & -8; return result
            load(0);
            op(0x45).op(0x04).op(0x40);
            store(0, HEAP);
            op(0x0b);
            load(0);
            number(0);
            load(0);
            op(0x20).unsigned(0);
            number(7);
            op(0x6a);
            number(-8);
            op(0x71).op(0x6a);
            op(0x36).unsigned(2).unsigned(0);
            op(0x0f);
        }

        private void load(int address) {
            number(address);
            op(0x28).unsigned(2).unsigned(0);
        }

        private void number(int value) {
            op(0x41);
            signed(value);
        }

        private Code op(int code) {
            out.write(code);
            return this;
        }

        private Code unsigned(int value) {
            leb(out, value);
            return this;
        }

        private void signed(long value) {
            long left = value;
            while (true) {
                int b = (int) (left & 0x7f);
                left >>= 7;
                if (left == 0 && (b & 0x40) == 0 || left == -1 && (b & 0x40) != 0) {
                    out.write(b);
                    return;
                }
                out.write(b | 0x80);
            }
        }

        private byte[] bytes(int ownIndex) {
            if (depth != 0) {
                throw new AssertionError("an if without end");
            }
            byte[] code = out.toByteArray();
            for (int at : selfCalls) {
                for (int i = 0; i < 5; i++) {
                    code[at + i] = (byte) (ownIndex >> 7 * i & 0x7f | (i < 4 ? 0x80 : 0));
                }
            }
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            whole.write(0); // No locals.
            whole.writeBytes(code);
            if (returns) {
                whole.write(0x41);
                whole.write(0);
            }
            whole.write(0x0b);
            return whole.toByteArray();
        }
    }

    private static void leb(ByteArrayOutputStream out, int value) {
        int left = value;
        while (left >>> 7 != 0) {
            out.write(left & 0x7f | 0x80);
            left >>>= 7;
        }
        out.write(left);
    }

    private int type(String signature) {
        if (!types.contains(signature)) {
            types.add(signature);
        }
        return types.indexOf(signature);
    }

    private static void name(ByteArrayOutputStream out, String name) {
        leb(out, name.length());
        out.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    }

    private static void section(ByteArrayOutputStream out, int id, int count, Consumer<ByteArrayOutputStream> content) {
        ByteArrayOutputStream section = new ByteArrayOutputStream();
        leb(section, count);
        content.accept(section);
        out.write(id);
        leb(out, section.size());
        out.writeBytes(section.toByteArray());
    }

    private static void values(ByteArrayOutputStream out, String letters) {
        leb(out, letters.length());
        letters.chars().forEach(letter -> out.write(letter == 'I' ? I64 : I32));
    }

    /// The module in binary form.
    byte[] assemble() {
        imports.keySet().forEach(key -> type(key.substring(key.indexOf(' ') + 1)));
        functions.forEach(function -> type(function.signature()));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0});
        section(out, 1, types.size(), section -> types.forEach(type -> {
            section.write(0x60);
            values(section, type.substring(0, type.indexOf(':')));
            values(section, type.substring(type.indexOf(':') + 1));
        }));
        section(out, 2, imports.size(), section -> imports.keySet().forEach(key -> {
            int dot = key.indexOf('.');
            name(section, key.substring(0, dot));
            name(section, key.substring(dot + 1, key.indexOf(' ')));
            section.write(0);
            leb(section, type(key.substring(key.indexOf(' ') + 1)));
        }));
        section(out, 3, functions.size(), section -> functions.forEach(function -> leb(section, type(function.signature()))));
        section(out, 5, 1, section -> {
            section.write(1);
            leb(section, pages);
            leb(section, maxPages);
        });
        section(out, 7, functions.size() + 1, section -> {
            name(section, "memory");
            section.write(2);
            leb(section, 0);
            for (int i = 0; i < functions.size(); i++) {
                name(section, functions.get(i).export());
                section.write(0);
                leb(section, imports.size() + i);
            }
        });
        section(out, 10, functions.size(), section -> {
            for (int i = 0; i < functions.size(); i++) {
                byte[] code = functions.get(i).code().bytes(imports.size() + i);
                leb(section, code.length);
                section.writeBytes(code);
            }
        });
        section(out, 11, 1, section -> {
            section.write(0);
            section.write(0x41);
            leb(section, DATA); // Below 4096 with the sixth bit clear, so that signed and unsigned forms are equal.
            section.write(0x0b);
            leb(section, data.size());
            section.writeBytes(data.toByteArray());
        });
        return out.toByteArray();
    }
}
