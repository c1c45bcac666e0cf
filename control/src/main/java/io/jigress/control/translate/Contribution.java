package io.jigress.control.translate;

import io.jigress.config.Cluster;
import io.jigress.config.Route;
import io.jigress.config.TlsCertificate;
import io.jigress.control.Problem;
import io.jigress.control.ResourceKey;
import java.util.List;

/// What one HTTPRoute or Ingress adds to the configuration; kept so that it can be taken away again. There may be 100,000 of
/// these: parts are shared, and empty lists take no memory.
///
/// @param clusters those that its routes refer to, each once
/// @param uses what it looked at
/// @param attached the sections of the listeners it is attached to, each once
/// @param tls certificates that it brings for host patterns
/// @param problems its own, without those that come from others' routes
record Contribution(List<Placement> placements, List<Cluster> clusters, List<Uses.Node> uses, List<String> attached,
        List<TlsClaim> tls, List<Problem> problems) {
    static final Contribution NOTHING = new Contribution(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

    /// A certificate for a host pattern of a socket. The older object goes first.
    record TlsClaim(String socket, String host, long created, ResourceKey owner, TlsCertificate certificate) {}

    /// Every claim on every host of one socket.
    record Placement(String socket, List<String> hosts, List<Claim> claims) {}

    /// A route and whose it is.
    record Claim(ResourceKey owner, Route route) {}
}
