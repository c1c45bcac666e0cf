/// Decides on requests by Sentinel's statistics, controllers and circuit breakers, without its thread-bound contexts and without sleeping.
///
/// `RuleTable` holds what one configuration asks for, a `Guard` the checks of one resource, `SentinelEngine` the state that tables share.
@NullMarked
package io.jigress.sentinel.engine;

import org.jspecify.annotations.NullMarked;
