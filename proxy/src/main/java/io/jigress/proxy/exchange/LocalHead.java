package io.jigress.proxy.exchange;

import io.jigress.api.Headers;
import io.jigress.api.ResponseHead;
import io.jigress.api.ListHeaders;

/// The head of a response that the gateway made.
public final class LocalHead implements ResponseHead {
    private final ListHeaders headers = new ListHeaders();
    private final long contentLength;
    private int status;

    public LocalHead(int status, long contentLength) {
        this.status = status;
        this.contentLength = contentLength;
    }

    @Override
    public int status() {
        return status;
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
    public void status(int status) {
        this.status = status;
    }
}
