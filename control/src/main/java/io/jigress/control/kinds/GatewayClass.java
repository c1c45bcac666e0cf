package io.jigress.control.kinds;

import io.jigress.api.JsonReader;

/// A GatewayClass: whose the Gateways of this class are.
public record GatewayClass(String controller) {

    public static GatewayClass read(Document document) {
        JsonReader spec = document.spec();
        String controller = spec.requiredText("controllerName");
        spec.text("description");
        if (controller.equals(Kinds.GATEWAY_CONTROLLER)) {
            if (spec.any("parametersRef") != null) {
                spec.warning("parametersRef", "has no effect", "nothing");
            }
            spec.finish();
        }
        return new GatewayClass(controller);
    }

    public boolean ours() {
        return controller.equals(Kinds.GATEWAY_CONTROLLER);
    }
}
