package io.jigress.config;

import java.util.function.Consumer;

/// Delivers endpoints by name as they change, without a configuration change. For several threads.
public interface EndpointDirectory {

    /// Watches one name. The listener receives the current state at once (within this call or soon after), then every change, one at a
    /// time, on any thread; it must not block.
    Watch watch(EndpointRef.Named name, Consumer<Endpoints> listener);

    interface Watch extends AutoCloseable {
        @Override
        void close();
    }
}
