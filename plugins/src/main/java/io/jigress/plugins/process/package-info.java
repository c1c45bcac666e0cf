/// Plugins that run in another process and speak Envoy's protocols: what `authz` (external authorization) and `proc` (external processing)
/// share.
@NullMarked
package io.jigress.plugins.process;

import org.jspecify.annotations.NullMarked;
