package io.jigress.config;

/// Whether each connection to an endpoint begins with a header of the PROXY protocol, by which the gateway tells the client's address. Such connections
/// are used for one client's connection only.
public enum ProxyProtocolOutput {
    NONE, V1, V2
}
