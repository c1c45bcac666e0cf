/// Hosts for plugins that are not part of the gateway. Each kind has a package and is a [io.jigress.api.FilterFactory]; what a plugin may
/// do is what a filter may do.
@NullMarked
package io.jigress.plugins;

import org.jspecify.annotations.NullMarked;
