package io.jigress.plugins.process.authz;

import io.jigress.api.Exchange;
import io.jigress.api.Services;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Asks a server about a request. Event loop only.
interface AuthzClient {

    /// @param body as far as it was read, borrowed; null when the server is not shown it
    /// @param verdict is called once, later, unless the call is cancelled
    Services.Cancellable check(Exchange exchange, @Nullable ByteBuf body, Consumer<Verdict> verdict);
}
