package io.jigress.dubbo.mapping;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.ListHeaders;
import io.jigress.api.RequestHead;

/// The head of a request in a test.
public final class TestHead implements RequestHead {
    private final ListHeaders headers = new ListHeaders();
    private final String method;
    private final String target;
    private long contentLength;

    public TestHead(String method, String target, String... headers) {
        this.method = method;
        this.target = target;
        for (String header : headers) {
            String[] parts = header.split(": ", 2);
            this.headers.add(HeaderName.of(parts[0]), parts[1]);
        }
    }

    public TestHead length(long bytes) {
        contentLength = bytes;
        return this;
    }

    @Override
    public String method() {
        return method;
    }

    @Override
    public String target() {
        return target;
    }

    @Override
    public String rawTarget() {
        return target();
    }

    @Override
    public String path() {
        int question = target.indexOf('?');
        return question < 0 ? target : target.substring(0, question);
    }

    @Override
    public String query() {
        int question = target.indexOf('?');
        return question < 0 ? "" : target.substring(question + 1);
    }

    @Override
    public String authority() {
        return "test";
    }

    @Override
    public String scheme() {
        return "http";
    }

    @Override
    public Headers headers() {
        return headers;
    }

    @Override
    public long contentLength() {
        return contentLength;
    }

    @Override
    public void target(String replaced) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void authority(String replaced) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void method(String replaced) {
        throw new UnsupportedOperationException();
    }
}
