/// What one event loop owns: its timers, its pools of reusable objects, its counters. Nothing in here is shared between threads.
@NullMarked
package io.jigress.proxy.loop;

import org.jspecify.annotations.NullMarked;
