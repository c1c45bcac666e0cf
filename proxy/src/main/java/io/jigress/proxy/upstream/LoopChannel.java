package io.jigress.proxy.upstream;

import io.jigress.api.UpstreamChannel;
import io.jigress.proxy.loop.Loop;

/// An [UpstreamChannel] that tells its event loop, so that a protocol of this room can keep pools per loop.
public interface LoopChannel extends UpstreamChannel {
    Loop loop();
}
