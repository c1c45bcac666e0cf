package io.jigress.plugins.process.proc;

import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor;
import io.jigress.plugins.process.ProcessPlugin;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a processing plugin is configured to do. Equal when it was written the same.
///
/// @param rules what follows from `envoy`
record ProcConfig(ProcessPlugin plugin, ExternalProcessor envoy, ProcRules rules) {

    boolean failOpen() {
        return envoy.getFailureModeAllow() || plugin.failOpen();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ProcConfig that && plugin.equals(that.plugin) && envoy.equals(that.envoy);
    }

    @Override
    public int hashCode() {
        return Objects.hash(plugin, envoy);
    }
}
