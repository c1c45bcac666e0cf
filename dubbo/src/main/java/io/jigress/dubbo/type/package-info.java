/// Java types by name and their JSON form: arguments are converted from JSON to Hessian, and results from Hessian to JSON.
///
/// Reading order: [JavaType], [TypeCatalog], [Shape], [Shapes], [ArgumentWriter], [ResultWriter].
@NullMarked
package io.jigress.dubbo.type;

import org.jspecify.annotations.NullMarked;
