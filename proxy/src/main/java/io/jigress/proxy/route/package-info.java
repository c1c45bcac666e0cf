/// Which route a request takes: host, then path, then predicates, decided on bytes without allocating, and explained by the same code
/// when a recorder listens.
///
/// Reading order: [RouteTable], [MatchScratch], [HostRoutes], [PathTree], [CompiledMatch]; edits in [RouteTableEdit].
@NullMarked
package io.jigress.proxy.route;

import org.jspecify.annotations.NullMarked;
