package io.jigress.proxy.http1;

import io.jigress.api.UpstreamChannel;

/// An [UpstreamChannel] that knows the heads of its event loop, so that [Http1Session]s share them.
public interface HeadSource {
    HeadPool heads();
}
