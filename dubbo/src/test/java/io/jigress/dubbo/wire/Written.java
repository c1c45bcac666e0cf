package io.jigress.dubbo.wire;

import io.netty.buffer.ByteBuf;

/// Reads back what a test has written.
public final class Written {
    private Written() {}

    /// The next value; fails on bytes that are none.
    public static HessianValue next(ByteBuf bytes) {
        try {
            return new HessianReader(bytes, HessianLimits.DEFAULT).read();
        } catch (MalformedHessian e) {
            throw new AssertionError(e);
        }
    }
}
