package io.jigress.plugins.wasm.abi;

import io.jigress.plugins.load.CodeFault;
import io.jigress.plugins.wasm.vm.WasmCode;

/// The version of the ABI that a module was built for; it exports a function that names it.
public enum Abi {
    V0_1_0("proxy_abi_version_0_1_0"),
    V0_2_0("proxy_abi_version_0_2_0"),
    V0_2_1("proxy_abi_version_0_2_1"),
    /// Higress's.
    V0_2_100("proxy_abi_version_0_2_100");

    private final String marker;

    Abi(String marker) {
        this.marker = marker;
    }

    /// @throws CodeFault when the module names none that is known
    public static Abi of(WasmCode code) throws CodeFault {
        for (Abi abi : values()) {
            if (code.exports(abi.marker)) {
                return abi;
            }
        }
        throw new CodeFault("exports no known version of the Proxy-Wasm ABI (expected: one of proxy_abi_version_0_1_0, "
                + "0_2_0, 0_2_1, 0_2_100)");
    }

    /// Whether a plugin that answers StopIteration to a head still sees the body, as in the Envoy of Higress. Envoy itself stops all iteration then.
    boolean stopsHeadAlone() {
        return this == V0_2_100;
    }
}
