package io.jigress.dubbo.wire;

/// What a peer sent is no Hessian 2, or beyond the limits. Stays within this package: its callers get values.
final class MalformedHessian extends Exception {
    MalformedHessian(String message) {
        super(message, null, false, false);
    }
}
