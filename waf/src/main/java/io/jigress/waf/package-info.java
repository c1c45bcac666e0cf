/// A SecLang engine: it loads ModSecurity rules and judges requests and responses with them. Nothing here knows the gateway.
@NullMarked
package io.jigress.waf;

import org.jspecify.annotations.NullMarked;
