/// What every HTTP version shares: header lists and heads that are not bound to one codec's storage.
@NullMarked
package io.jigress.proxy.http;

import org.jspecify.annotations.NullMarked;
