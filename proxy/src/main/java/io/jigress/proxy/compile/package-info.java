/// Configuration made ready to run: routes with their filters and upstreams resolved, so that nothing is looked up by name
/// while a request waits.
@NullMarked
package io.jigress.proxy.compile;

import org.jspecify.annotations.NullMarked;
