package io.jigress.control.translate;

import io.jigress.config.Listener;
import io.jigress.config.PathRules;
import io.jigress.config.Traffic;

/// All that one socket serves.
final class SocketTable {
    private SocketPlan plan;
    private final HostTable hosts;
    private final TlsTable tls = new TlsTable();
    private final StreamTable streams = new StreamTable();

    SocketTable(SocketPlan plan, PathRules pathDefaults) {
        this.plan = plan;
        hosts = new HostTable(plan, pathDefaults);
        tls.plan(plan);
        streams.plan(plan);
    }

    /// Applies a changed plan. Routes keep their place until they are placed again.
    ///
    /// @return whether it changed
    boolean plan(SocketPlan next) {
        if (plan.equals(next)) {
            return false;
        }
        hosts.plan(next);
        tls.plan(next);
        streams.plan(next);
        plan = next;
        return true;
    }

    HostTable hosts() {
        return hosts;
    }

    TlsTable tls() {
        return tls;
    }

    StreamTable streams() {
        return streams;
    }

    Listener listener() {
        return new Listener(plan.name(), plan.address(), plan.port(), plan.publicPort(), traffic(), plan.proxyProtocol());
    }

    private Traffic traffic() {
        return switch (plan.kind()) {
            case HTTP -> new Traffic.Http(hosts.hosts());
            case TLS -> new Traffic.Tls(hosts.hosts(), tls.settings(), streams.streams());
            case TCP -> new Traffic.Tcp(streams.section(), streams.only());
            case UDP -> new Traffic.Udp(streams.section(), streams.only());
        };
    }
}
