/// Route matching: host, then path, then predicates, on bytes and without allocating. The same code explains a match when it is given a
/// recorder.
///
/// Reading order: [RouteTable], [MatchScratch], [HostRoutes], [PathTree], [CompiledMatch]; edits in [RouteTableEdit].
@NullMarked
package io.jigress.proxy.route;

import org.jspecify.annotations.NullMarked;
