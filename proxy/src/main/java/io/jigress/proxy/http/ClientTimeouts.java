package io.jigress.proxy.http;

import java.time.Duration;

/// Timeouts of client connections and exchanges, for routes that do not set their own.
///
/// @param head for a request head to be complete, from its first byte
/// @param idle for a connection without a request
/// @param request for a whole exchange; zero means none
/// @param attempt for an upstream to answer with a head; zero means none
/// @param silence the longest pause within an exchange; zero means none
public record ClientTimeouts(Duration head, Duration idle, Duration request, Duration attempt, Duration silence) {}
