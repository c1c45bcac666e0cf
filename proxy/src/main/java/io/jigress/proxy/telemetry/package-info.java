/// The access log, the metrics and the JFR events, all written from one [AccessRecord] that is filled once per exchange.
///
/// Counting and logging happen on the event loop, without locks, allocation or waiting. A scrape, and the thread that writes the log,
/// read what the loops have stored.
@NullMarked
package io.jigress.proxy.telemetry;

import org.jspecify.annotations.NullMarked;
