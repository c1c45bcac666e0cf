/// Regular expressions over bytes, matched in linear time.
///
/// Reading order: [Regex], [RegexParser], [Program], [LazyDfa], [CaptureMatcher], [RequiredLiterals].
@NullMarked
package io.jigress.waf.regex;

import org.jspecify.annotations.NullMarked;
