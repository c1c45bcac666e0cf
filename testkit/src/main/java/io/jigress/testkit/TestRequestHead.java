package io.jigress.testkit;

import io.jigress.api.HeaderName;
import io.jigress.api.RequestHead;

/// The head of a request in memory, for filters and upstream protocols under test.
public final class TestRequestHead implements RequestHead {
    /// The headers determine the length of the body.
    private static final long BY_HEADERS = -2;

    private final HeaderList headers;
    private final String rawTarget;
    private String method;
    private String target;
    private String authority;
    private long length = BY_HEADERS;

    TestRequestHead(String method, String target, HeaderList headers) {
        this.method = method;
        this.rawTarget = target;
        this.target = target;
        this.headers = headers;
        String host = headers.first(HeaderName.HOST);
        this.authority = host == null ? "test.example" : host;
    }

    /// A head; `headers` are whole lines: `x-a: 1`.
    public static TestRequestHead of(String method, String target, String... headers) {
        return new TestRequestHead(method, target, HeaderList.of(headers));
    }

    /// Sets the length of the body, whatever the headers say; -1 when it is not known.
    public TestRequestHead length(long bytes) {
        length = bytes;
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
        return "http";
    }

    @Override
    public HeaderList headers() {
        return headers;
    }

    @Override
    public long contentLength() {
        if (length != BY_HEADERS) {
            return length;
        }
        String said = headers.first(HeaderName.CONTENT_LENGTH);
        return said == null ? headers.contains(HeaderName.TRANSFER_ENCODING) ? -1 : 0 : Long.parseLong(said);
    }

    @Override
    public void target(String next) {
        if (!next.startsWith("/") && !next.equals("*")) {
            throw new IllegalArgumentException("\"" + next + "\" (expected: a target that starts with /)");
        }
        target = next;
    }

    @Override
    public void authority(String next) {
        authority = next;
    }

    @Override
    public void method(String next) {
        method = next;
    }
}
