package io.jigress.config;

/// A socket and what happens to connections on it.
///
/// @param name unique; `address:port`
/// @param address what to bind: an IP literal, or empty for all addresses
/// @param port 0 binds any free port
public record Listener(String name, String address, int port, Traffic traffic) {}
