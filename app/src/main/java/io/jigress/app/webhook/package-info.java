/// The validating webhook: API servers ask it before they store an object.
@NullMarked
package io.jigress.app.webhook;

import org.jspecify.annotations.NullMarked;
