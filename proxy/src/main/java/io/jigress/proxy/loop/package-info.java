/// The resources of one event loop: its timers, its pools of reusable objects, its counters. Nothing here is shared between threads.
@NullMarked
package io.jigress.proxy.loop;

import org.jspecify.annotations.NullMarked;
