/// Endpoints from service registries: the directory that upstreams watch, and the contract of the clients that feed it.
///
/// Reading order: [io.jigress.sources.registry.RegistryClient], [io.jigress.sources.registry.RegistryDirectory],
/// [io.jigress.sources.registry.FollowedService], [io.jigress.sources.registry.InstanceList]. Each kind of registry has a package beside this one.
@NullMarked
package io.jigress.sources.registry;

import org.jspecify.annotations.NullMarked;
