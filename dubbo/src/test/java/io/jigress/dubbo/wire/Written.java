package io.jigress.dubbo.wire;

import io.netty.buffer.ByteBuf;

/// Reads values that a test has written.
public final class Written {
    private Written() {}

    /// The next value; fails on invalid bytes.
    public static HessianValue next(ByteBuf bytes) {
        try {
            return new HessianReader(bytes, HessianLimits.DEFAULT).read();
        } catch (MalformedHessian e) {
            throw new AssertionError(e);
        }
    }
}
