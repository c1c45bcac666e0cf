/// Finds the code of plugins: files, URLs and images of registries; checks digests and signatures.
@NullMarked
package io.jigress.plugins.wasm.load;

import org.jspecify.annotations.NullMarked;
