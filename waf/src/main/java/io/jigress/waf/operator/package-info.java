/// The operators of SecLang (`@rx`, `@pm`, ...).
///
/// Reading order: [Operator], [Operators].
@NullMarked
package io.jigress.waf.operator;

import org.jspecify.annotations.NullMarked;
