package io.jigress.control.translate;

import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.TlsSecret;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The Secrets that hold certificates, each parsed once: parsing takes a millisecond.
final class Certificates {
    private final TranslationIndex index;
    private final InstantSource clock;
    private final Map<ResourceKey, TlsSecret> read = new HashMap<>();

    Certificates(TranslationIndex index, InstantSource clock) {
        this.index = index;
        this.clock = clock;
    }

    /// Null when the Secret does not exist.
    @Nullable TlsSecret of(ResourceKey secret) {
        Resource resource = index.resources.get(secret);
        return resource == null ? null : read.computeIfAbsent(secret, _ -> TlsSecret.read(resource, clock.instant()));
    }

    /// A Secret was changed or removed.
    void changed(ResourceKey secret) {
        read.remove(secret);
    }
}
