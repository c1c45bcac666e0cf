/// The services of a filter instance: calls to clusters, tasks that block, metrics, time. Begin with `LoopServices`, then
/// `LoopCallers`, `FilterCall`, `Carrier`.
@NullMarked
package io.jigress.proxy.call;

import org.jspecify.annotations.NullMarked;
