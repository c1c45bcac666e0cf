package io.jigress.plugins.wasm.abi;

/// What host functions return (`proxy_status_t`).
final class Status {
    static final long OK = 0;
    static final long NOT_FOUND = 1;
    static final long BAD_ARGUMENT = 2;
    static final long PARSE_FAILURE = 4;
    static final long EMPTY = 7;
    static final long CAS_MISMATCH = 8;
    static final long INTERNAL_FAILURE = 10;

    private Status() {}
}
