package io.jigress.control.kinds;

import io.jigress.api.JsonReader;

/// A GatewayClass: the controller of its Gateways.
///
/// @param badParameters whether it refers to parameters, which are not supported
public record GatewayClass(String controller, boolean badParameters) {

    public static GatewayClass read(Document document) {
        JsonReader spec = document.spec();
        String controller = spec.requiredText("controllerName");
        spec.text("description");
        boolean badParameters = false;
        if (controller.equals(Kinds.GATEWAY_CONTROLLER)) {
            badParameters = spec.has("parametersRef");
            if (badParameters) {
                spec.ignore("parametersRef");
                spec.error("parametersRef",
                        "has no effect: classes take no parameters, so that the class is not accepted; its Gateways are served all the same",
                        "nothing; a TrafficPolicy sets what a Gateway does");
            }
            spec.finish();
        }
        return new GatewayClass(controller, badParameters);
    }

    public boolean ours() {
        return controller.equals(Kinds.GATEWAY_CONTROLLER);
    }
}
