package io.jigress.control.kinds;

import io.jigress.api.JsonReader;

/// An IngressClass: whose the Ingresses of this class are.
public record IngressClass(String controller) {

    public static IngressClass read(Document document) {
        JsonReader spec = document.spec();
        String controller = spec.requiredText("controller");
        spec.ignore("parameters");
        spec.finish();
        return new IngressClass(controller);
    }
}
