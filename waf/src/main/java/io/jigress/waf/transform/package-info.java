/// The transformations of SecLang (`t:`), over bytes and without allocation.
///
/// Where ModSecurity 2 and Coraza differ, ModSecurity 2 is followed.
@NullMarked
package io.jigress.waf.transform;

import org.jspecify.annotations.NullMarked;
