/// Maps HTTP requests to calls of methods: the mapping as users write it ([DubboMapping]), its compiled form ([CompiledService]) and the
/// work per request ([ArgumentBinder], [Answer]). Independent of the source of a mapping and of connections.
@NullMarked
package io.jigress.dubbo.mapping;

import org.jspecify.annotations.NullMarked;
