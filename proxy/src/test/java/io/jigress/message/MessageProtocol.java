package io.jigress.message;

import io.jigress.api.JsonReader;
import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamProtocol;
import io.jigress.api.UpstreamSession;
import java.time.Duration;

/// The protocol as configured for a cluster; its components are the settings.
///
/// @param concurrency how many calls a connection carries at once
/// @param frameBytes the longest body of a frame, either way
/// @param heartbeat how long a connection may be silent before a heartbeat is sent; after three times as long it is closed
public record MessageProtocol(int concurrency, int frameBytes, Duration heartbeat) implements UpstreamProtocol {
    public static final MessageProtocol DEFAULT = new MessageProtocol(100, 8 << 20, Duration.ofSeconds(60));

    @Override
    public String name() {
        return "message";
    }

    @Override
    public MessageProtocol configured(JsonReader config) {
        int calls = (int) config.integer("concurrency", concurrency, 1, 1 << 20);
        int bytes = (int) config.integer("frameBytes", frameBytes, 1, 1 << 30);
        Duration interval = config.duration("heartbeat");
        config.finish();
        return new MessageProtocol(calls, bytes, interval == null ? heartbeat : interval);
    }

    @Override
    public UpstreamSession session(UpstreamChannel channel) {
        return new MessageSession(this, channel);
    }
}
