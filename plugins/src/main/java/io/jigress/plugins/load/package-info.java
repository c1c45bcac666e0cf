/// Fetches the code of plugins: files, URLs, images of registries and artifacts of Maven repositories; checks digests and signatures. Used by the hosts that
/// load code.
@NullMarked
package io.jigress.plugins.load;

import org.jspecify.annotations.NullMarked;
