package io.jigress.control.translate;

import io.jigress.config.FilterSpec;
import io.jigress.config.TlsCertificate;
import io.jigress.control.GatewayService;
import io.jigress.control.Problem;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.HostPattern;
import io.jigress.control.kinds.ListenerProtocol;
import io.jigress.control.kinds.TrafficSettings;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The sockets, and their assignment to Gateways. Small compared to the routes; compared as a whole to find the Gateways that an edit affects.
///
/// @param gateways also ListenerSets, each with the listeners that it adds
/// @param lookups the other objects that the plan depends on (besides Gateways, ListenerSets and what attaches to them): it is made again when one changes
/// @param ingressCollision why the socket of the Ingresses is closed, or null
/// @param ingressTlsCollision what keeps their socket with TLS closed, or null
record GatewayPlan(Map<ResourceKey, GatewayView> gateways, Map<String, SocketPlan> sockets, Set<ResourceKey> lookups,
        @Nullable String ingressCollision, @Nullable String ingressTlsCollision) {
    static final GatewayPlan EMPTY = new GatewayPlan(Map.of(), Map.of(), Set.of(), null, null);

    /// A Gateway or a ListenerSet as a parent of routes.
    ///
    /// @param ours false when it belongs to another controller or to a missing class: its routes are not ours either
    /// @param addresses it listens on; an empty one stands for all
    /// @param sets how many ListenerSets add listeners to it
    /// @param refusal why a ListenerSet adds no listeners, or null
    /// @param own the certificate that endpoints are shown; null when it names none
    /// @param service that it has in its cluster; null where Gateways have none
    /// @param problems in addition to those of its fields
    record GatewayView(boolean ours, List<ListenerView> listeners, List<String> addresses, int sets, @Nullable Refusal refusal,
            ListenerCertificates.@Nullable Own own, @Nullable ServiceView service, List<Problem> problems) {
        static GatewayView foreign(@Nullable ServiceView service, List<Problem> problems) {
            return new GatewayView(false, List.of(), List.of(), 0, null, null, service, List.copyOf(problems));
        }

        GatewayView with(List<Problem> more) {
            return more.isEmpty()
                    ? this
                    : new GatewayView(ours, listeners, addresses, sets, refusal, own, service,
                            Stream.concat(problems.stream(), more.stream()).toList());
        }
    }

    /// The Service of a Gateway.
    ///
    /// @param wanted what it should be, and what is to be removed; null for neither
    /// @param addresses by which clients reach the Gateway; empty when there are none yet
    /// @param foreign the Service of this name that is not ours, or null
    record ServiceView(@Nullable GatewayService wanted, List<String> addresses, @Nullable ResourceKey foreign) {}

    /// Why a ListenerSet adds no listeners.
    ///
    /// @param reason of Gateway API's condition Accepted
    /// @param programmedReason of its condition Programmed
    record Refusal(String reason, String programmedReason, String message) {}

    /// Why a listener does not get its sockets.
    ///
    /// @param reason of Gateway API's condition Conflicted
    /// @param message for a status, whose readers may not be allowed to know the other listener
    /// @param holder the section of the other listener
    /// @param protocol of the other listener
    record Conflict(String reason, String message, String holder, String protocol) {
        boolean isOfHost() { return reason.equals("HostnameConflict"); }
    }

    /// A listener as a parent of routes.
    ///
    /// @param section its name, unique across all Gateways
    /// @param conflict with a listener that takes precedence, or null
    /// @param collision what else in this process uses its port, as part of a message, or null
    /// @param tls how it terminates TLS, or null
    /// @param sockets those that it serves on; empty unless it is open
    /// @param narrower by socket, the more specific hosts that other listeners own there: routes of this listener do not get them
    /// @param joined whether its host has the virtual host of the Gateway of the same name in another cluster
    /// @param settings of policies for its routes, farther ones already merged
    /// @param own the certificate that endpoints are shown, or null
    /// @param closedBy the protecting Plugin with errors, because of which nothing may pass, or null
    record ListenerView(String section, Gateway.Listener listener, @Nullable Conflict conflict, @Nullable String collision,
            ListenerCertificates.@Nullable View tls, List<String> sockets,
            Map<String, List<String>> narrower, boolean joined,
            List<FilterSpec> filters, TrafficSettings settings, TlsCertificate.@Nullable Pem own, @Nullable String closedBy) {

        boolean closed() {
            return closedBy != null;
        }

        /// Whether its routes carry no HTTP.
        boolean isStream() { return listener.isStream(); }

        /// Whether listeners of its port can differ by their hosts.
        boolean hasHosts() {
            ListenerProtocol protocol = listener.carries();
            return protocol == null || protocol.hasHosts();
        }

        boolean open() {
            return !sockets.isEmpty();
        }

        /// Whether requests can reach it: with TLS only when it has a certificate and, if clients are verified, CA certificates.
        boolean programmed() {
            return open() && (tls == null || tls.serves());
        }

        /// Whether it is open, except that clients cannot be verified.
        boolean accepted() {
            return open() && (tls == null || !tls.closed());
        }

        /// Whether a host pattern on a socket belongs to this listener.
        boolean owns(String socket, String host) {
            for (String other : narrower.getOrDefault(socket, List.of())) {
                if (HostPattern.covers(other, host)) {
                    return false;
                }
            }
            return true;
        }
    }
}
