/// A SecLang engine: it loads ModSecurity rules and evaluates requests and responses with them. Independent of the gateway.
///
/// Reading order: [RuleSetLoader], [RuleCompiler], [Rule], [Transaction], [Values], [Prefilter].
@NullMarked
package io.jigress.waf;

import org.jspecify.annotations.NullMarked;
