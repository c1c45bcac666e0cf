/// The endpoints of the admin port: health, metrics, problems, memory, explanations.
///
/// Reading order: [AdminPort], [MemoryView], [ConfigMetrics].
@NullMarked
package io.jigress.app.admin;

import org.jspecify.annotations.NullMarked;
