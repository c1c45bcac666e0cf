package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.control.kinds.GatewayClass;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The status of a GatewayClass, which lists the supported features of Gateway API.
final class GatewayClassStatus {

    /// The names of Gateway API, sorted. The official conformance suite tests them (conformance/REPORT.md).
    static final List<String> FEATURES = List.of(
            "BackendTLSPolicy",
            "BackendTLSPolicySANValidation",
            "GRPCRoute",
            "GRPCRouteNamedRouteRule",
            "Gateway",
            "GatewayAddressEmpty",
            "GatewayBackendClientCertificate",
            "GatewayFrontendClientCertificateValidation",
            "GatewayFrontendClientCertificateValidationInsecureFallback",
            "GatewayHTTPListenerIsolation",
            "GatewayHTTPSListenerDetectMisdirectedRequests",
            "GatewayInfrastructurePropagation",
            "GatewayPort8080",
            "GatewayStaticAddresses",
            "HTTPRoute",
            "HTTPRoute303RedirectStatusCode",
            "HTTPRoute307RedirectStatusCode",
            "HTTPRoute308RedirectStatusCode",
            "HTTPRouteBackendProtocolH2C",
            "HTTPRouteBackendProtocolWebSocket",
            "HTTPRouteBackendRequestHeaderModification",
            "HTTPRouteBackendTimeout",
            "HTTPRouteCORS",
            "HTTPRouteDestinationPortMatching",
            "HTTPRouteHostRewrite",
            "HTTPRouteMethodMatching",
            "HTTPRouteNamedRouteRule",
            "HTTPRouteParentRefPort",
            "HTTPRoutePathRedirect",
            "HTTPRoutePathRewrite",
            "HTTPRoutePortRedirect",
            "HTTPRouteQueryParamMatching",
            "HTTPRouteRequestMirror",
            "HTTPRouteRequestMultipleMirrors",
            "HTTPRouteRequestPercentageMirror",
            "HTTPRouteRequestTimeout",
            "HTTPRouteResponseHeaderModification",
            "HTTPRouteRetry",
            "HTTPRouteRetryBackendTimeout",
            "HTTPRouteRetryConnectionError",
            "HTTPRouteSchemeRedirect",
            "ListenerSet",
            "ReferenceGrant",
            "TCPRoute",
            "TLSRoute",
            "TLSRouteModeMixed",
            "TLSRouteModeTerminate",
            "UDPRoute");

    private static final Json SUPPORTED = Json
            .array(FEATURES.stream().map(name -> (Json) Json.object().put("name", name).build()).toList());

    private GatewayClassStatus() {}

    /// Null for a class of another controller.
    static @Nullable Json of(Table.Entry<GatewayClass> entry) {
        if (!entry.value().ours()) {
            return null;
        }
        Json accepted = entry.value().badParameters()
                ? Conditions.condition("Accepted", false, "InvalidParameters", "Classes take no parameters", entry.generation())
                : Conditions.condition("Accepted", true, "Accepted", "The class is served", entry.generation());
        return Json.object().put("conditions", Json.array(List.of(accepted))).put("supportedFeatures", SUPPORTED).build();
    }
}
