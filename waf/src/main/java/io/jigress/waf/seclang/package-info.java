/// The SecLang language: text becomes directives. What a name means is decided by the engine.
///
/// Reading order: [SecLangParser], [Directive].
@NullMarked
package io.jigress.waf.seclang;

import org.jspecify.annotations.NullMarked;
