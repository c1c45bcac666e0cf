package io.jigress.control.translate;

import io.jigress.config.ConnectionLimits;
import io.jigress.config.PathRules;
import io.jigress.config.ProxyProtocolInput;
import java.time.InstantSource;
import java.util.List;

/// The gateway's settings for the translation.
///
/// @param httpPort the port that serves Ingresses
/// @param httpsPort the port that serves Ingresses with `tls`
/// @param sharedAddress the address of Gateways without one of their own, and of the Ingresses; empty for all addresses
/// @param gatewayAddresses a pool: Gateways without addresses of their own get one each, the older first, and keep it; the rest share
/// @param connections the defaults of clusters
/// @param paths the defaults of listeners
/// @param reserved other sockets of the process
/// @param clock for the expiry of certificates
/// @param higressNamespace where objects of Higress that belong to no namespace are: McpBridge, Http2Rpc
/// @param zone in which this gateway runs; empty when it is not known
/// @param joined the Services whose endpoints in all clusters are one set
/// @param serviceType of the Services that Gateways get in their clusters; empty when they get none
/// @param firstTargetPort the lowest port in the pods that these Services lead to
/// @param ingressProxyProtocol whether connections to the ports of Ingresses begin with a header of the PROXY protocol
public record TranslationSettings(int httpPort, int httpsPort, String sharedAddress, List<String> gatewayAddresses,
        ConnectionLimits connections, PathRules paths, List<Reserved> reserved, InstantSource clock, String higressNamespace,
        String zone, JoinedServices joined, String serviceType, int firstTargetPort,
        ProxyProtocolInput ingressProxyProtocol) {
    private static final String HIGRESS_NAMESPACE = "higress-system";
    public static final TranslationSettings DEFAULT = new TranslationSettings(8080, "", List.of(), ConnectionLimits.DEFAULT,
            PathRules.DEFAULT);

    private static final int HTTPS = 8443;
    private static final int TARGET_PORTS = 20_000;

    /// @param setting the name of its setting
    public record Reserved(String setting, String address, int port) {}

    public TranslationSettings(int httpPort, String sharedAddress, List<String> gatewayAddresses, ConnectionLimits connections,
            PathRules paths) {
        this(httpPort, sharedAddress, gatewayAddresses, connections, paths, List.of());
    }

    public TranslationSettings(int httpPort, String sharedAddress, List<String> gatewayAddresses, ConnectionLimits connections,
            PathRules paths, List<Reserved> reserved) {
        this(httpPort, HTTPS, sharedAddress, gatewayAddresses, connections, paths, reserved, InstantSource.system());
    }

    public TranslationSettings(int httpPort, int httpsPort, String sharedAddress, List<String> gatewayAddresses,
            ConnectionLimits connections, PathRules paths, List<Reserved> reserved, InstantSource clock) {
        this(httpPort, httpsPort, sharedAddress, gatewayAddresses, connections, paths, reserved, clock, HIGRESS_NAMESPACE, "",
                JoinedServices.NONE, "", TARGET_PORTS, ProxyProtocolInput.OFF);
    }

    public TranslationSettings {
        reserved = List.copyOf(reserved);
        gatewayAddresses = List.copyOf(gatewayAddresses);
    }

    /// The same in another place.
    public TranslationSettings of(String newHigressNamespace, String newZone) {
        return new TranslationSettings(httpPort, httpsPort, sharedAddress, gatewayAddresses, connections, paths, reserved, clock,
                newHigressNamespace, newZone, joined, serviceType, firstTargetPort, ingressProxyProtocol);
    }

    /// The same with Services whose endpoints are joined.
    public TranslationSettings joining(JoinedServices services) {
        return new TranslationSettings(httpPort, httpsPort, sharedAddress, gatewayAddresses, connections, paths, reserved, clock,
                higressNamespace, zone, services, serviceType, firstTargetPort, ingressProxyProtocol);
    }

    /// The same with Services of a type for Gateways.
    public TranslationSettings serving(String newServiceType, int newFirstTargetPort) {
        return new TranslationSettings(httpPort, httpsPort, sharedAddress, gatewayAddresses, connections, paths, reserved, clock,
                higressNamespace, zone, joined, newServiceType, newFirstTargetPort, ingressProxyProtocol);
    }

    /// The same with the PROXY protocol on the ports of Ingresses.
    public TranslationSettings accepting(ProxyProtocolInput newIngressProxyProtocol) {
        return new TranslationSettings(httpPort, httpsPort, sharedAddress, gatewayAddresses, connections, paths, reserved, clock,
                higressNamespace, zone, joined, serviceType, firstTargetPort, newIngressProxyProtocol);
    }

    /// The name of the socket that serves Ingresses.
    public String ingressSocket() {
        return SocketPlan.name(sharedAddress, httpPort);
    }

    /// The name of the socket that serves Ingresses over TLS.
    public String ingressTlsSocket() {
        return SocketPlan.name(sharedAddress, httpsPort);
    }
}
