package io.jigress.proxy.tls;

import io.jigress.config.UpstreamTls;
import java.lang.ref.WeakReference;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// The contexts for TLS to endpoints: equal settings share one as long as it is in use, and with it the sessions. For several
/// threads.
public final class UpstreamContexts {
    private final TlsEngine engine;
    private final Map<UpstreamTls, WeakReference<UpstreamContext>> contexts = new HashMap<>();

    public UpstreamContexts(TlsEngine engine) {
        this.engine = engine;
    }

    /// @throws GeneralSecurityException when a certificate cannot be read
    /// @throws SSLException when the engine refuses the settings
    /// @throws IllegalArgumentException when the server name is none
    public synchronized UpstreamContext of(UpstreamTls settings) throws GeneralSecurityException, SSLException {
        WeakReference<UpstreamContext> known = contexts.get(settings);
        @Nullable UpstreamContext context = known == null ? null : known.get();
        if (context == null) {
            contexts.values().removeIf(each -> each.refersTo(null));
            context = UpstreamContext.of(engine, settings);
            contexts.put(settings, new WeakReference<>(context));
        }
        return context;
    }
}
