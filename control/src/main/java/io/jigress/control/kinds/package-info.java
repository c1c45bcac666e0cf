/// The kinds of objects that the gateway supports, as small records parsed from an object's JSON; every error is a
/// [io.jigress.control.Problem]. A record holds only what the translation needs.
///
/// Reading order: [Document], [Kinds], then the kind in question.
@NullMarked
package io.jigress.control.kinds;

import org.jspecify.annotations.NullMarked;
