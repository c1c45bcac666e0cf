package io.jigress.proxy.exchange;

/// How much may be queued for peers that take less than arrives.
///
/// @param bytes the most that is queued for one client (`limits.queue.bytes`)
/// @param shedPercent while more of the direct memory is in use, the connections that hold most are closed (`memory.direct.shed`)
public record SendQueues(int bytes, int shedPercent) {
    public static final SendQueues DEFAULT = new SendQueues(256 * 1024, 85);
}
