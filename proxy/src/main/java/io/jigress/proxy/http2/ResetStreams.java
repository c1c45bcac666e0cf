package io.jigress.proxy.http2;

/// The streams that this side has reset lately: what was on its way to them is ignored (RFC 9113, 5.1). It takes no memory before the
/// first. Event loop only.
final class ResetStreams {
    private static final int KEPT = 128;
    private static final int[] NONE = {};

    private int[] ids = NONE;
    private int next;

    void add(int id) {
        if (ids.length == 0) {
            ids = new int[KEPT];
        }
        ids[next++ & KEPT - 1] = id;
    }

    boolean contains(int id) {
        for (int each : ids) {
            if (each == id) {
                return true;
            }
        }
        return false;
    }
}
