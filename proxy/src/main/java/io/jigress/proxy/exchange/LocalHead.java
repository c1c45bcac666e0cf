package io.jigress.proxy.exchange;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.LocalReply;
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

    /// The head of a whole reply. It tells when it was made (RFC 9110, 6.6.1), unless it says so itself.
    public static LocalHead of(LocalReply reply, String date) {
        LocalHead head = new LocalHead(reply.status(), Replies.bodyLength(reply));
        reply.headers().forEach(field -> head.headers.add(field.getKey(), field.getValue()));
        if (head.headers.first(HeaderName.DATE) == null) {
            head.headers.add(HeaderName.DATE, date);
        }
        return head;
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
