package io.jigress.plugins.lua;

import io.jigress.api.Body;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// The body of a message without one, for `body(true)`.
enum EmptyBody implements Body {
    INSTANCE;

    @Override
    public ByteBuf data() {
        return Unpooled.EMPTY_BUFFER;
    }

    @Override
    public boolean last() {
        return true;
    }

    @Override
    public void replace(ByteBuf data) {
        data.release();
        throw new IllegalStateException("the message has no body, and the gateway cannot give it one");
    }
}
