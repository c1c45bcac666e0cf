/// A real Kubernetes API server for tests, where its binaries are there.
@NullMarked
package io.jigress.testkit.kubernetes;

import org.jspecify.annotations.NullMarked;
