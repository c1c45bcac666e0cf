package io.jigress.api;

/// The head of a request that a filter makes, for [UpstreamCallers]. It must not be changed while a call that uses it is in progress,
/// since a retry sends it again. May be used for several calls. Not for several threads.
public final class CallRequest implements RequestHead {
    private final ListHeaders headers = new ListHeaders();
    private String method;
    private String authority;
    private String target;
    private String scheme = "http";
    private long contentLength = -1;

    private CallRequest(String method, String authority, String target) {
        this.method = checkedMethod(method);
        this.authority = checkedAuthority(authority);
        this.target = checkedTarget(target);
    }

    /// @param method a token; known methods in upper case
    /// @param authority the value of the Host field: `auth.example:8080`; not empty
    /// @param target path and query, starting with `/`; or `*`
    /// @throws IllegalArgumentException when a part could not be sent as it is
    public static CallRequest of(String method, String authority, String target) {
        return new CallRequest(method, authority, target);
    }

    /// A copy that may outlive the other request: its method, authority, target and scheme, and its fields except the hop-by-hop ones.
    public static CallRequest copyOf(RequestHead other) {
        CallRequest copy = new CallRequest(other.method(), other.authority(), other.target());
        copy.scheme = other.scheme();
        Headers fields = other.headers();
        for (int i = 0; i < fields.size(); i++) {
            if (fields.endToEnd(i) && !fields.isAt(i, HeaderName.HOST)) {
                copy.headers.add(fields.nameAt(i), fields.valueAt(i));
            }
        }
        return copy;
    }

    /// Appends a field and returns this.
    ///
    /// @throws IllegalArgumentException for a value with CR, LF, NUL or a character beyond Latin-1
    public CallRequest with(HeaderName name, String value) {
        headers.add(name, value);
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
        return target;
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

    /// The length that was set, or -1 when it is not known.
    @Override
    public long contentLength() {
        return contentLength;
    }

    /// Declares the length of a body that is streamed; -1 when it is not known. Not needed for a call without a body, or with a body that is
    /// given as a whole.
    public CallRequest contentLength(long bytes) {
        if (bytes < -1) {
            throw new IllegalArgumentException("content length: " + bytes + " (expected: -1 or more)");
        }
        contentLength = bytes;
        return this;
    }

    @Override
    public void target(String target) {
        this.target = checkedTarget(target);
    }

    @Override
    public void authority(String authority) {
        this.authority = checkedAuthority(authority);
    }

    @Override
    public void method(String method) {
        this.method = checkedMethod(method);
    }

    private static String checkedMethod(String method) {
        if (!HeaderName.isToken(method)) {
            throw new IllegalArgumentException("method: \"" + method + "\" (expected: a token of RFC 9110, section 5.6.2)");
        }
        return method;
    }

    private static String checkedTarget(String target) {
        if (!target.startsWith("/") && !target.equals("*") || !isVisible(target, "#")) {
            throw new IllegalArgumentException("target: \"" + target + "\" (expected: visible ASCII without #, starting with /)");
        }
        return target;
    }

    private static String checkedAuthority(String authority) {
        if (authority.isEmpty() || !isVisible(authority, "/?#@\\")) {
            throw new IllegalArgumentException("authority: \"" + authority + "\" (expected: a host, and a port if needed)");
        }
        return authority;
    }

    private static boolean isVisible(String text, String without) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c >= 0x7f || without.indexOf(c) >= 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return method + " " + authority + target;
    }
}
