/// The kinds of objects that the gateway understands, as small records read from an object's JSON, with every fault as a
/// [io.jigress.control.Problem]. A record holds what translation asks for and nothing else.
///
/// Reading order: [Document], [Kinds], then the kind in question.
@NullMarked
package io.jigress.control.kinds;

import org.jspecify.annotations.NullMarked;
