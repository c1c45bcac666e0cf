package io.jigress.plugins.process.authz;

import com.google.protobuf.Message;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.BufferSettings;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.CheckSettings;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.plugins.process.EnvoyConfig;
import io.jigress.plugins.process.ProcessPlugin;
import io.jigress.plugins.Quarantine;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.DoubleSupplier;

/// The factory of `ext-authz`: a server that speaks Envoy's external authorization decides about requests. `config` has the fields of
/// Envoy's `ExtAuthz`, and those of `CheckSettings` under `check_settings`.
public final class AuthzFactory implements FilterFactory<AuthzConfig> {
    private static final String SETTINGS = "check_settings";

    private final DoubleSupplier random;

    /// @param random from 0 to 1, for `filter_enabled`
    public AuthzFactory(DoubleSupplier random) {
        this.random = random;
    }

    @Override
    public String name() {
        return "ext-authz";
    }

    @Override
    public FilterPhase phase() {
        return FilterPhase.AUTHZ;
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public boolean protects() {
        return true;
    }

    @Override
    public AuthzConfig parse(JsonReader json) {
        ProcessPlugin plugin = ProcessPlugin.read(json, "ext_authz");
        JsonReader config = json.object("config");
        ExtAuthz.Builder envoy = ExtAuthz.newBuilder();
        EnvoyConfig.read(config, envoy, SETTINGS, "checkSettings");
        CheckSettings.Builder settings = CheckSettings.newBuilder();
        read(config.object(config.has(SETTINGS) ? SETTINGS : "checkSettings"), settings);
        AuthzRules rules = AuthzRules.of(envoy.build(), plugin, config, random);
        return new AuthzConfig(plugin, envoy.build(), rules, settings.getContextExtensionsMap(),
                body(config, envoy, settings.build()));
    }

    private static void read(JsonReader json, Message.Builder into) {
        EnvoyConfig.read(json, into);
    }

    private static @org.jspecify.annotations.Nullable BufferSettings body(JsonReader config, ExtAuthz.Builder envoy,
            CheckSettings settings) {
        BufferSettings body = settings.hasWithRequestBody() ? settings.getWithRequestBody() : envoy.getWithRequestBody();
        boolean wanted = settings.hasWithRequestBody() || envoy.hasWithRequestBody();
        if (wanted && body.getMaxRequestBytes() == 0) {
            config.error("with_request_body.max_request_bytes", "is missing or 0", "a whole number above 0");
        }
        return wanted && !settings.getDisableRequestBodyBuffering() ? body : null;
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(AuthzConfig config) {
        Quarantine quarantine = new Quarantine(config.plugin().name(), ProcessPlugin.FAILURES);
        return CompletableFuture.completedFuture(services -> {
            quarantine.tell(services::problem);
            return new AuthzFilter(config, quarantine, services);
        });
    }
}
