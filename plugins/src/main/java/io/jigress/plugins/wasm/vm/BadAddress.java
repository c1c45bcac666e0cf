package io.jigress.plugins.wasm.vm;

/// A module has passed a pointer that is not in its memory.
public final class BadAddress extends RuntimeException {
    private static final long serialVersionUID = 1;

    public BadAddress(int address, int length) {
        super("address " + Integer.toUnsignedString(address) + ", length " + Integer.toUnsignedString(length), null, false,
                false);
    }
}
