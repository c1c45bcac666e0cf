/// From HTTP requests to calls of methods: what users say ([DubboMapping]), what is made of it once ([CompiledService]) and what happens
/// per request ([ArgumentBinder], [Answer]). Knows nothing of where a mapping was written, nor of connections.
@NullMarked
package io.jigress.dubbo.mapping;

import org.jspecify.annotations.NullMarked;
