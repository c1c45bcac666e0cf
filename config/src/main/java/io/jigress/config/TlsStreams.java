package io.jigress.config;

/// The TLS connections of one listener that carry no HTTP.
///
/// @param section the Gateway listener
/// @param terminated whether the gateway terminates TLS and passes the decrypted bytes on; else it passes the TLS records on unread
/// @param routes by pattern of server names (SNI); a connection whose server name fits none is refused. `*` is also for a ClientHello without a server
///        name
public record TlsStreams(String section, boolean terminated, PersistentMap<String, StreamRoute> routes) {}
