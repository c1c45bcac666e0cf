/// The validating webhook: API servers call it before they store an object.
@NullMarked
package io.jigress.app.webhook;

import org.jspecify.annotations.NullMarked;
