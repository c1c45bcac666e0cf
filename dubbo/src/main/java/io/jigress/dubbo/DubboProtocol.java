package io.jigress.dubbo;

import io.jigress.api.JsonLimits;
import io.jigress.api.JsonReader;
import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamProtocol;
import io.jigress.api.UpstreamSession;
import io.jigress.dubbo.wire.HessianLimits;
import java.time.Duration;

/// The upstream protocol Dubbo 2 with Hessian 2. A cluster names the mapping of its requests (`service`); its other settings concern connections.
///
/// @param service the name of a mapping in `services`; required
public record DubboProtocol(DubboServices services, String service, Limits limits,
        Duration heartbeat) implements UpstreamProtocol {

    /// @param concurrency how many calls a connection carries at once
    /// @param frameBytes the longest body of a message in either direction; providers refuse more than 8 MiB by default
    /// @param json limits of the JSON of requests
    /// @param hessian limits of responses, and of the JSON that they are converted to
    public record Limits(int concurrency, int frameBytes, JsonLimits json, HessianLimits hessian) {
        public static final Limits DEFAULT = new Limits(1_000, 8 << 20, JsonLimits.DEFAULT, HessianLimits.DEFAULT);

        /// The longest JSON of a response: numbers and names take more space in JSON than in Hessian.
        int responseChars() {
            return (int) Math.min(Integer.MAX_VALUE / 2, 4L * frameBytes);
        }
    }

    private static final Duration HEARTBEAT = Duration.ofSeconds(60);

    /// The protocol with its default settings, for a gateway.
    public static DubboProtocol of(DubboServices services) {
        return new DubboProtocol(services, "", Limits.DEFAULT, HEARTBEAT);
    }

    @Override
    public String name() {
        return "dubbo";
    }

    @Override
    public DubboProtocol configured(JsonReader config) {
        return connections(config, config.requiredText("service"));
    }

    /// Reads the settings of connections only to find errors in them.
    public static void check(JsonReader connection) {
        of(new DubboServices()).connections(connection, "");
    }

    private DubboProtocol connections(JsonReader config, String name) {
        int concurrency = (int) config.integer("concurrency", limits.concurrency(), 1, 1 << 20);
        int frameBytes = (int) config.integer("frameBytes", limits.frameBytes(), 1_024, 1 << 28);
        JsonReader json = config.object("json");
        JsonLimits jsonLimits = new JsonLimits((int) json.integer("depth", limits.json().depth(), 1, 200),
                (int) json.integer("values", limits.json().values(), 1, 10_000_000));
        json.finish();
        JsonReader hessian = config.object("hessian");
        HessianLimits hessianLimits = new HessianLimits((int) hessian.integer("depth", limits.hessian().depth(), 1, 200),
                (int) hessian.integer("values", limits.hessian().values(), 1, 10_000_000),
                (int) hessian.integer("classes", limits.hessian().definitions(), 1, 100_000));
        hessian.finish();
        Duration interval = config.duration("heartbeat");
        if (interval != null && interval.toMillis() < 1) {
            config.error("heartbeat", "is " + interval, "at least 1ms");
            interval = null;
        }
        config.finish();
        return new DubboProtocol(services, name, new Limits(concurrency, frameBytes, jsonLimits, hessianLimits),
                interval == null ? heartbeat : interval);
    }

    @Override
    public UpstreamSession session(UpstreamChannel channel) {
        return new DubboSession(this, channel);
    }
}
