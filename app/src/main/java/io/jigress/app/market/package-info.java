/// The index of plugins: the built-in filters, and those that indexes in folders, behind URLs and in registries list. `PluginEntry` is one plugin; `Market` has all.
@NullMarked
package io.jigress.app.market;

import org.jspecify.annotations.NullMarked;
