package io.jigress.control.translate;

import io.jigress.config.Cluster;
import io.jigress.config.Route;
import io.jigress.config.StreamRoute;
import io.jigress.config.TlsCertificate;
import io.jigress.control.Problem;
import io.jigress.control.ResourceKey;
import java.util.List;

/// The contribution of one route or Ingress to the configuration, kept so that it can be removed again. There may be 100,000 of these:
/// parts are shared, and empty lists take no memory.
///
/// @param clusters that its routes refer to, each once
/// @param uses the objects that it depends on
/// @param attached the sections of the listeners it is attached to, each once
/// @param tls certificates that it brings for host patterns
/// @param streams its routes without HTTP
/// @param problems its own, without conflicts with the routes of other objects
record Contribution(List<Placement> placements, List<Cluster> clusters, List<Uses.Node> uses, List<String> attached,
        List<TlsClaim> tls, List<StreamClaim> streams, List<Problem> problems) {
    static final Contribution NOTHING = new Contribution(List.of(), List.of(), List.of(), List.of(), List.of(),
            List.of(), List.of());

    /// A certificate for a host pattern of a socket. The older object takes precedence.
    record TlsClaim(String socket, String host, long created, ResourceKey owner, TlsCertificate certificate) {}

    /// A route without HTTP for a host pattern of a listener. The older object takes precedence.
    ///
    /// @param listener the host pattern of the listener
    /// @param host the pattern of the route, within that of the listener
    /// @param section the listener
    /// @param path of the parent reference in its object
    record StreamClaim(String socket, String listener, String host, String section, long created, ResourceKey owner,
            String path, StreamRoute route) {}

    /// All claims on all hosts of one socket.
    record Placement(String socket, List<String> hosts, List<Claim> claims) {}

    /// A route and its owner.
    record Claim(ResourceKey owner, Route route) {}
}
