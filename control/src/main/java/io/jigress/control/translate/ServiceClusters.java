package io.jigress.control.translate;

import io.jigress.config.EndpointRef;
import io.jigress.config.UpstreamTls;
import io.jigress.control.ResourceKey;
import io.jigress.control.ServiceDirectory;
import io.jigress.control.ServiceName;
import io.jigress.control.kinds.Service;
import io.jigress.control.kinds.ServiceImport;
import io.jigress.control.kinds.TrafficSettings;
import io.jigress.control.translate.ClusterResolver.Resolution;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Resolves references to ports of Services and ServiceImports to clusters.
final class ServiceClusters {
    private final TranslationIndex index;
    private final PolicyClusters clusters;
    private final boolean securedOtherwise;

    /// @param securedOtherwise whether connections without a BackendTLSPolicy get TLS settings later
    ServiceClusters(TranslationIndex index, PolicyClusters clusters, boolean securedOtherwise) {
        this.index = index;
        this.clusters = clusters;
        this.securedOtherwise = securedOtherwise;
    }

    Resolution service(ResourceKey key, String portName, int number, Speech speech, TrafficSettings near,
            TrafficSettings far) {
        Service service = index.services.get(key);
        if (service == null) {
            return new Resolution.Broken("name",
                    "is \"" + key.name() + "\", and there is no " + key,
                    "the name of a Service", "BackendNotFound", key);
        }
        Service.Port port = portName.isEmpty() ? service.port(number, speech.udp()) : service.port(portName, speech.udp());
        Resolution.Broken broken = wrongPort(key, service, port, portName, number, speech);
        if (broken != null || port == null) {
            return Objects.requireNonNull(broken);
        }
        EndpointRef endpoints = service.externalName().isEmpty()
                ? new EndpointRef.Named(ServiceDirectory.NAME,
                        ServiceName.of(key, index.joined.reach(key), port.port(), port.udp()).text())
                : new EndpointRef.Dns(service.externalName(), port.port());
        return clusters.cluster("service/" + key.path() + "/" + port.port(), key + ":" + port.port() + (port.udp() ? "/udp" : ""),
                spoken(speech, port), endpoints, speech.secured() ? tls(index.backendTls.service(key, port.name())) : null,
                index.settings(key, ""), near, far);
    }

    static @Nullable UpstreamTls tls(BackendTls.Outcome outcome) {
        return outcome instanceof BackendTls.Outcome.Usable(UpstreamTls tls) ? tls : null;
    }

    private static Speech spoken(Speech speech, Service.Port port) {
        return speech.equals(Speech.HTTP1) && port.isH2c() ? Speech.H2C : speech;
    }

    /// What is wrong with the port that a reference names; null when it can be used.
    private Resolution.@Nullable Broken wrongPort(ResourceKey key, Service service, Service.@Nullable Port port,
            String portName, int number, Speech speech) {
        if (port == null) {
            boolean missing = portName.isEmpty() && number == 0;
            return new Resolution.Broken(
                    "port", missing
                            ? "is missing"
                            : "is " + (portName.isEmpty() ? number : "\"" + portName + "\"")
                                    + ", which " + key + " does not have",
                    ports(service, portName, speech.udp()), "BackendNotFound");
        }
        if (!speech.secured()) {
            return null;
        }
        BackendTls.Outcome secured = index.backendTls.service(key, port.name());
        if (secured instanceof BackendTls.Outcome.Broken(String what, String expected)) {
            return new Resolution.Broken("name", "is \"" + key.name() + "\", " + what, expected, ClusterResolver.INVALID_TLS);
        }
        if (!speech.isStream() && port.isUnsupported() && tls(secured) == null && !securedOtherwise) {
            return new Resolution.Broken("port", "is " + port.port() + ", whose appProtocol \"" + port.appProtocol()
                    + "\" is not supported yet", "a port for HTTP/1.1 or HTTP/2 without TLS, or a BackendTLSPolicy",
                    "UnsupportedProtocol");
        }
        return null;
    }

    Resolution serviceImport(ResourceKey key, int number, Speech speech, TrafficSettings near, TrafficSettings far) {
        ServiceImport imported = index.serviceImports.get(key);
        if (imported == null) {
            return new Resolution.Broken("name", "is \"" + key.name() + "\", and there is no " + key,
                    "the name of a ServiceImport", "BackendNotFound", key);
        }
        Service ports = new Service("", imported.ports());
        Service.Port port = ports.port(number, speech.udp());
        Resolution.Broken broken = wrongPort(key, ports, port, "", number, speech);
        if (broken != null || port == null) {
            return Objects.requireNonNull(broken);
        }
        return clusters.cluster("serviceimport/" + key.path() + "/" + number, key + ":" + number + (port.udp() ? "/udp" : ""),
                spoken(speech, port),
                new EndpointRef.Named(ServiceDirectory.NAME,
                        ServiceName.of(key, ServiceName.Reach.IMPORT, number, port.udp()).text()),
                TrafficSettings.NONE, near, far);
    }

    private static String ports(Service service, String portName, boolean udp) {
        if (service.ports().isEmpty() && !service.externalName().isEmpty()) {
            return "a port that the Service lists under spec.ports";
        }
        List<String> ports = service.ports(udp).stream().map(p -> portName.isEmpty() ? Integer.toString(p.port()) : p.name())
                .toList();
        return ports.isEmpty() ? "a Service with " + (udp ? "UDP" : "TCP") + " ports" : "one of " + String.join(", ", ports);
    }
}
