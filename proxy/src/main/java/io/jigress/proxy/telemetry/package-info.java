/// What happened, told to people and programs: the access log, the metrics and the JFR events, all from one [AccessRecord] that
/// is filled once per exchange.
///
/// Counting and logging are for the event loop: no lock, no allocation, no waiting. Gathering (a scrape, the thread that
/// drains the log) reads what the loops left behind.
@NullMarked
package io.jigress.proxy.telemetry;

import org.jspecify.annotations.NullMarked;
