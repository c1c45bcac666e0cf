package io.jigress.plugins.process.proc;

import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor;
import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.plugins.process.EnvoyConfig;
import io.jigress.plugins.process.ProcessPlugin;
import io.jigress.plugins.Quarantine;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// The factory of `ext-proc`: a server that speaks Envoy's external processing sees and changes requests and responses. `config` has the
/// fields of Envoy's `ExternalProcessor`.
public final class ProcFactory implements FilterFactory<ProcConfig> {

    @Override
    public String name() {
        return "ext-proc";
    }

    @Override
    public FilterPhase phase() {
        return FilterPhase.TRANSFORM;
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public ProcConfig parse(JsonReader json) {
        ProcessPlugin plugin = ProcessPlugin.read(json, "ext_proc");
        JsonReader config = json.object("config");
        ExternalProcessor.Builder envoy = ExternalProcessor.newBuilder();
        EnvoyConfig.read(config, envoy);
        return new ProcConfig(plugin, envoy.build(), ProcRules.of(envoy.build(), plugin, config));
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(ProcConfig config) {
        Quarantine quarantine = new Quarantine(config.plugin().name(), ProcessPlugin.FAILURES);
        return CompletableFuture.completedFuture(services -> {
            quarantine.tell(services::problem);
            return new ProcFilter(config, quarantine, services);
        });
    }
}
