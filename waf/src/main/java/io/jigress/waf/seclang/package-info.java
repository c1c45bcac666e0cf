/// The parser of SecLang, from text to directives. Names are resolved by the engine.
///
/// Reading order: [SecLangParser], [Directive].
@NullMarked
package io.jigress.waf.seclang;

import org.jspecify.annotations.NullMarked;
