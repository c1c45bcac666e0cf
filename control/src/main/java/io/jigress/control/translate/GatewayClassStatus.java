package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.control.kinds.GatewayClass;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The status of a GatewayClass, which tells the features of Gateway API that its Gateways have.
final class GatewayClassStatus {

    /// As Gateway API names them, sorted. What stands here is shown by the official conformance suite (conformance/REPORT.md).
    static final List<String> FEATURES = List.of(
            "Gateway",
            "GatewayAddressEmpty",
            "GatewayHTTPListenerIsolation",
            "GatewayPort8080",
            "GatewayStaticAddresses",
            "HTTPRoute",
            "HTTPRoute303RedirectStatusCode",
            "HTTPRoute307RedirectStatusCode",
            "HTTPRoute308RedirectStatusCode",
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
            "HTTPRouteRequestTimeout",
            "HTTPRouteResponseHeaderModification",
            "HTTPRouteSchemeRedirect",
            "ListenerSet",
            "ReferenceGrant");

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
