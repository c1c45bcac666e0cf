package io.jigress.app.dubbo;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.dubbo.sample.DubboProcess;

/// The calls of a real Triple consumer: unary ones, a stream from the server, and a stream in both directions.
final class TripleCalls {
    private TripleCalls() {}

    /// Checks what a consumer gets whose provider is at this port.
    static void succeed(int port) {
        assertThat(DubboProcess.callerResults("tri", port)).containsExactly("é中", "a 9007199254740993",
                "Item[name=String a, count=Integer 2, price=BigDecimal 1.50]", "u-1 attached", "OutOfStock none left", "1000000",
                "[1, 2, 3]", "[1, 3, 6, 10]");
    }
}
