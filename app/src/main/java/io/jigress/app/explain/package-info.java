/// `jigress explain`: what would happen to a request, asked of a running gateway or of a folder.
///
/// Reading order: [ExplainCommand], [Question], [Explanation], [ExplanationText].
@NullMarked
package io.jigress.app.explain;

import org.jspecify.annotations.NullMarked;
