/// A Dubbo application: a service with a method per type, its provider and a consumer, which run in processes of their own.
@NullMarked
package io.jigress.dubbo.sample;

import org.jspecify.annotations.NullMarked;
