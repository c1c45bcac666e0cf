package io.jigress.config;

import java.util.List;

/// Where connections or datagrams go that are not HTTP: TCP, TLS by server name, UDP.
///
/// @param id unique in its listener
/// @param origin the object it came from, as `explain` shows it (`TCPRoute default/redis rule 0`)
/// @param clusters one of them is drawn by weight for each TCP connection and each UDP session. With no cluster of weight above 0, connections are closed and
///        datagrams are dropped
public record StreamRoute(String id, String origin, List<WeightedCluster> clusters, StreamOptions options) {

    /// @param cluster the name of a cluster of protocol `tcp` or `udp`; a name that does not exist is a broken reference, whose share of connections is
    ///        closed
    /// @param weight 0 to 1,000,000
    public record WeightedCluster(String cluster, int weight) {}

    public StreamRoute {
        clusters = List.copyOf(clusters);
    }
}
