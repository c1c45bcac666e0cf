package io.jigress.plugins.wasm.vm;

/// Why a module cannot be used: text for people, with what was found and what was expected.
public final class ModuleFault extends Exception {
    private static final long serialVersionUID = 1;

    public ModuleFault(String what) {
        super(what);
    }

    public String what() {
        return String.valueOf(getMessage());
    }
}
