package io.jigress.message;

/// The constants of the protocol.
final class Frame {
    static final int HEADER_BYTES = 16;
    static final int MAGIC = 0x4a67;

    static final int REQUEST = 0x80;
    static final int ANSWER_WANTED = 0x40;
    static final int EVENT = 0x20;

    static final int OK = 20;
    static final int UPSTREAM_SLOW = 31;
    static final int BAD_REQUEST = 40;
    static final int NOT_FOUND = 60;
    static final int FAILED = 70;
    static final int BUSY = 100;

    static final int HEARTBEAT = 'H';
    static final int GOING_AWAY = 'R';

    private Frame() {}
}
