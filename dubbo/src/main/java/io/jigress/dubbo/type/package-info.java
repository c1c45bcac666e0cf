/// Java types by name, and what JSON they are: how an argument of a type is written as Hessian, and how what comes back becomes JSON.
///
/// Reading order: [JavaType], [TypeCatalog], [Shape], [Shapes], [ArgumentWriter], [ResultWriter].
@NullMarked
package io.jigress.dubbo.type;

import org.jspecify.annotations.NullMarked;
