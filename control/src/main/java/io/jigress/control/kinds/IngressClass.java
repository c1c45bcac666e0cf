package io.jigress.control.kinds;

/// An IngressClass: whose the Ingresses of this class are.
public record IngressClass(String controller) {

    public static IngressClass read(Document document) {
        return new IngressClass(document.spec().requiredText("controller"));
    }
}
