package io.jigress.plugins.wasm.vm;

/// A function that a module imports.
///
/// @param signature parameters and result: `iiI:i` takes two 32-bit and one 64-bit integer and returns a 32-bit one; `i:` returns nothing
public record HostCall(String signature, Body body) {

    /// What the function does.
    @FunctionalInterface
    public interface Body {

        /// @param args a 32-bit integer is in the lower half of its element
        /// @return the result; ignored if the function has none
        long call(long[] args);
    }

    /// Finds the functions that a module imports.
    @FunctionalInterface
    public interface Linker {

        /// @return null when there is no such function
        @org.jspecify.annotations.Nullable HostCall find(String module, String name);
    }
}
