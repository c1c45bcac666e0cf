/// `jigress plugin`: plugins that can be had, and projects of new ones.
@NullMarked
package io.jigress.app.plugin;

import org.jspecify.annotations.NullMarked;
