package io.jigress.proxy.compile;

import io.jigress.config.VirtualHost;

/// The data of a host besides its routes: the route of requests that match no other, so that the host's filters see them.
public record CompiledHost(VirtualHost source, CompiledRoute notFound) {}
