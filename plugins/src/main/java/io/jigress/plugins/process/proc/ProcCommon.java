package io.jigress.plugins.process.proc;

import io.jigress.api.Services;
import io.jigress.plugins.Quarantine;
import java.time.Duration;

/// What the streams of one filter instance have in common. Event loop only.
///
/// @param answers the time that servers have for an answer
/// @param ends the time that servers have to end a stream whose exchange is over
/// @param heads writes the messages that show heads
record ProcCommon(ProcConfig config, Quarantine quarantine, Services services, ProcCounters counters, TimeoutQueue answers,
        TimeoutQueue ends, HeadMessages heads) {
    /// How long a server has to end a stream that the gateway has ended.
    static final Duration CLOSE = Duration.ofSeconds(1);

    static ProcCommon of(ProcConfig config, Quarantine quarantine, Services services) {
        Duration end = config.envoy().getObservabilityMode() ? config.rules().closeTimeout() : CLOSE;
        return new ProcCommon(config, quarantine, services, new ProcCounters(services),
                new TimeoutQueue(services, config.rules().messageTimeout()), new TimeoutQueue(services, end),
                new HeadMessages(config));
    }
}
