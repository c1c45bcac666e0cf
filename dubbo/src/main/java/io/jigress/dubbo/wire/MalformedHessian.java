package io.jigress.dubbo.wire;

/// The peer's bytes are not valid Hessian 2, or exceed the limits. Internal to this package: its callers get values.
final class MalformedHessian extends Exception {
    MalformedHessian(String message) {
        super(message, null, false, false);
    }
}
