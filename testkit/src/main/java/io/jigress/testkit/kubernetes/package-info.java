/// A real Kubernetes API server for tests, if its binaries are installed.
@NullMarked
package io.jigress.testkit.kubernetes;

import org.jspecify.annotations.NullMarked;
