package io.jigress.control.kinds;

import io.jigress.api.JsonReader;

/// An IngressClass: the controller of its Ingresses.
///
/// @param isDefault whether it is the class of Ingresses without a class
public record IngressClass(String controller, boolean isDefault) {
    private static final String DEFAULT = "ingressclass.kubernetes.io/is-default-class";

    public static IngressClass read(Document document) {
        JsonReader spec = document.spec();
        String controller = spec.requiredText("controller");
        spec.ignore("parameters");
        spec.finish();
        return new IngressClass(controller, document.annotation(DEFAULT).equals("true"));
    }

    public boolean ours() {
        return controller.equals(Kinds.INGRESS_CONTROLLER);
    }
}
