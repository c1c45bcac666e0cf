package io.jigress.plugins.process.authz;

import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.BufferSettings;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import io.jigress.plugins.process.ProcessPlugin;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What an authorization plugin is configured to do. Equal when it was written the same.
///
/// @param rules what follows from `envoy`
/// @param extensions `context_extensions` of the plugin
/// @param body the part of the request's body that the server is shown; null for none
record AuthzConfig(ProcessPlugin plugin, ExtAuthz envoy, AuthzRules rules, Map<String, String> extensions,
        @Nullable BufferSettings body) {

    boolean failOpen() {
        return envoy.getFailureModeAllow() || plugin.failOpen();
    }

    /// The status of an error of the server, 403 by default.
    int statusOnError() {
        int code = envoy.getStatusOnError().getCodeValue();
        return code == 0 ? 403 : code;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof AuthzConfig that && plugin.equals(that.plugin) && envoy.equals(that.envoy)
                && extensions.equals(that.extensions) && java.util.Objects.equals(body, that.body);
    }

    @Override
    public int hashCode() {
        return java.util.Objects.hash(plugin, envoy, extensions, body);
    }
}
