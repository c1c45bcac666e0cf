package io.jigress.proxy.compile;

import io.jigress.config.VirtualHost;

/// What is kept with a host besides its routes: the route of requests that no other fits, so that the host's filters see them.
public record CompiledHost(VirtualHost source, CompiledRoute notFound) {}
