package io.jigress.proxy.exchange;

import io.jigress.api.HeaderName;
import io.jigress.api.ListHeaders;
import io.jigress.api.RequestHead;
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.ReceivedRequest;

/// The head of a request as it goes upstream, copied so that it outlives its exchange. Event loop only.
final class CopiedRequest implements RequestHead {
    private static final HeaderName EXPECT = HeaderName.of("expect");

    private final ListHeaders headers;
    private final String scheme;
    private final String rawTarget;
    private final long contentLength;
    private String method;
    private String target;
    private String authority;

    CopiedRequest(ReceivedRequest from) {
        headers = ListHeaders.copyOf(from.headers());
        headers.remove(EXPECT);
        method = from.method();
        target = from.target();
        rawTarget = from.rawTarget();
        authority = from.authority();
        scheme = from.scheme();
        contentLength = from.framing() == Framing.CHUNKED ? -1 : Math.max(0, from.framing());
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
        return rawTarget;
    }

    @Override
    public String path() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    @Override
    public String query() {
        int query = target.indexOf('?');
        return query < 0 ? "" : target.substring(query + 1);
    }

    @Override
    public String authority() {
        return authority;
    }

    @Override
    public String scheme() {
        return scheme;
    }

    @Override
    public ListHeaders headers() {
        return headers;
    }

    @Override
    public long contentLength() {
        return contentLength;
    }

    @Override
    public void target(String changed) {
        target = changed;
    }

    @Override
    public void authority(String changed) {
        authority = changed;
    }

    @Override
    public void method(String changed) {
        method = changed;
    }
}
