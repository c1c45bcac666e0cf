/// Endpoints from service registries: the directory that upstreams watch, and the contract of the clients that update it.
///
/// Reading order: [io.jigress.sources.registry.RegistryClient], [io.jigress.sources.registry.RegistryDirectory],
/// [io.jigress.sources.registry.FollowedService], [io.jigress.sources.registry.InstanceList]. Each type of registry has a package of its own.
@NullMarked
package io.jigress.sources.registry;

import org.jspecify.annotations.NullMarked;
