package io.jigress.dubbo.mapping;

import io.jigress.api.Headers;
import io.jigress.api.RequestHead;

/// The head of the HTTP/2 request of a Triple call.
record TripleHead(String path, String authority, String scheme, Headers headers, long contentLength) implements RequestHead {

    @Override
    public String method() {
        return "POST";
    }

    @Override
    public String target() {
        return path;
    }

    @Override
    public String rawTarget() {
        return path;
    }

    @Override
    public String query() {
        return "";
    }

    @Override
    public void target(String target) {
        throw new UnsupportedOperationException("no filter changes the head of a Triple call");
    }

    @Override
    public void authority(String authority) {
        throw new UnsupportedOperationException("no filter changes the head of a Triple call");
    }

    @Override
    public void method(String method) {
        throw new UnsupportedOperationException("no filter changes the head of a Triple call");
    }
}
