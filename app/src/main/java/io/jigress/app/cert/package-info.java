/// `jigress cert`: makes and shows certificates for local trials.
@NullMarked
package io.jigress.app.cert;

import org.jspecify.annotations.NullMarked;
