/// The compiled configuration: routes with their filters and upstreams resolved, so that nothing is looked up by name while a request
/// waits.
///
/// Reading order: [RuntimeCompiler] (what changed), [RouteCompiler] and [ClusterChanges], [HeldChanges] and [Warming] (what waits, and for
/// which [WarmupDependencies]), [RetiredParts] (what is released once the new tables serve), [FilterRegistry], [FilterSlot].
@NullMarked
package io.jigress.proxy.compile;

import org.jspecify.annotations.NullMarked;
