package io.jigress.api;

/// The head of a response that does not come from a codec.
final class PlainResponseHead implements ResponseHead {
    private final ListHeaders headers;
    private final long contentLength;
    private int status;

    PlainResponseHead(int status, long contentLength) {
        this(status, contentLength, new ListHeaders());
    }

    PlainResponseHead(int status, long contentLength, ListHeaders headers) {
        this.status = checked(status);
        this.headers = headers;
        this.contentLength = contentLength;
    }

    private static int checked(int status) {
        if (status < 100 || status > 999) {
            throw new IllegalArgumentException("status: " + status + " (expected: 100 to 999)");
        }
        return status;
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
        this.status = checked(status);
    }
}
