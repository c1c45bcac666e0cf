/// `jigress explain`: explains the routing of a request in a running gateway or in a folder.
///
/// Reading order: [ExplainCommand], [Question], [Explanation], [ExplanationText].
@NullMarked
package io.jigress.app.explain;

import org.jspecify.annotations.NullMarked;
