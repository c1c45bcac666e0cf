package io.jigress.proxy.upstream;

import io.jigress.api.UpstreamChannel;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.tls.TlsChannels;
import io.netty.channel.Channel;

/// An [UpstreamChannel] that tells its event loop, so that a protocol of this room can keep pools per loop.
public interface LoopChannel extends UpstreamChannel {
    Loop loop();

    Channel channel();

    @Override
    default void reset() {
        TlsChannels.reset(channel());
    }

    /// Sends what is queued, with more that may follow in this turn of the loop: a part of a body is often one of several.
    ///
    /// @param bytes that were written since the last flush, or since this was called
    void flushSoon(int bytes);
}
