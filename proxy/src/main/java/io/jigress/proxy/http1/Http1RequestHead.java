package io.jigress.proxy.http1;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http.HeaderBlock;
import io.jigress.proxy.http.Octets;
import io.jigress.proxy.http.PathForm;
import io.jigress.proxy.http.ReceivedRequest;
import io.jigress.proxy.http.TargetRanges;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request's head as it was received from a client.
public final class Http1RequestHead extends Http1Head implements ReceivedRequest {
    private static final int MAX_METHOD_BYTES = 32;
    private static final int SHORTEST_LINE = "G / HTTP/1.1".length();
    private static final byte[] SLASH = {'/'};
    private static final byte[] ASTERISK = {'*'};

    /// No override: the framing is what was received.
    private static final long RECEIVED = Long.MIN_VALUE;

    private final TargetRanges ranges = new TargetRanges(fields);
    private long framing = RECEIVED;
    private String scheme = "http";
    private String method = "";
    private boolean head;
    private boolean connect;
    private int emptyLines;
    private int lineFrom;
    private int lineEnd;
    private boolean lineAsReceived;
    private int targetAuthorityFrom;
    private int targetAuthorityTo;

    Http1RequestHead(HeadPool pool) {
        super(pool);
    }

    void begin(HeadLimits limits, String scheme) {
        begin(limits, false);
        this.scheme = scheme;
        framing = RECEIVED;
        method = "";
        head = false;
        connect = false;
        emptyLines = 0;
        targetAuthorityFrom = 0;
        targetAuthorityTo = 0;
        ranges.begin();
    }

    // ---- reading

    @Override
    boolean emptyLine() {
        // RFC 9112, 2.2: one, for clients that end a body with a line too many.
        return emptyLines++ == 0;
    }

    @Override
    HeadFault startLineFault() {
        return HeadFault.REQUEST_LINE;
    }

    @Override
    HeadFault startLineTooLong() {
        return HeadFault.TARGET_TOO_LONG;
    }

    @Override
    @Nullable HeadFault startLine(byte[] bytes, int from, int stop) {
        int methodEnd = from;
        while (methodEnd < stop && Octets.token(bytes[methodEnd]) != 0) {
            methodEnd++;
        }
        if (methodEnd == from || methodEnd - from > MAX_METHOD_BYTES || methodEnd == stop || bytes[methodEnd] != ' ') {
            return HeadFault.METHOD;
        }
        int targetTo = stop - 9;
        if (stop - from < SHORTEST_LINE || targetTo <= methodEnd + 1 || bytes[targetTo] != ' ') {
            return HeadFault.REQUEST_LINE;
        }
        versionMinor = version(bytes, targetTo + 1);
        if (versionMinor < 0) {
            return isVersion(bytes, targetTo + 1) ? HeadFault.VERSION_NOT_SUPPORTED : HeadFault.VERSION;
        }
        method = method(bytes, from, methodEnd);
        head = method.equals("HEAD");
        connect = method.equals("CONNECT");
        // The gateway speaks HTTP/1.1 to both sides (RFC 9110, 2.5); with that, the line can go on as it stands.
        bytes[stop - 1] = '1';
        lineFrom = from;
        lineEnd = stop + 2;
        return target(bytes, methodEnd + 1, targetTo);
    }

    /// Whether eight bytes are a version of HTTP, whichever (RFC 9112, 2.3).
    private static boolean isVersion(byte[] bytes, int at) {
        String form = "HTTP/0.0";
        for (int i = 0; i < form.length(); i++) {
            byte b = bytes[at + i];
            if (form.charAt(i) == '0' ? b < '0' || b > '9' : b != form.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static String method(byte[] bytes, int from, int to) {
        String known = switch (to - from) {
            case 3 -> bytes[from] == 'G' ? "GET" : "PUT";
            case 4 -> bytes[from] == 'P' ? "POST" : "HEAD";
            case 5 -> bytes[from] == 'P' ? "PATCH" : "TRACE";
            case 6 -> "DELETE";
            case 7 -> bytes[from] == 'O' ? "OPTIONS" : "CONNECT";
            default -> "";
        };
        for (int i = 0; i < known.length(); i++) {
            if (bytes[from + i] != known.charAt(i)) {
                known = "";
            }
        }
        return known.isEmpty() ? new String(bytes, from, to - from, StandardCharsets.ISO_8859_1) : known;
    }

    /// RFC 9112, 3.2: origin-form, absolute-form, authority-form for CONNECT, `*` for OPTIONS.
    private @Nullable HeadFault target(byte[] bytes, int from, int to) {
        if (to - from > limits.targetBytes()) {
            return HeadFault.TARGET_TOO_LONG;
        }
        int question = from;
        int marks = 0;
        int before = 0;
        for (; question < to && bytes[question] != '?'; question++) {
            int octet = Octets.target(bytes[question]);
            if (octet == 0) {
                return HeadFault.TARGET;
            }
            marks |= Octets.mark(before, octet);
            before = octet;
        }
        for (int i = question; i < to; i++) {
            if (Octets.target(bytes[i]) == 0) {
                return HeadFault.TARGET;
            }
        }
        ranges.received(from, to, marks == 0);
        lineAsReceived = true;
        if (connect) {
            targetAuthorityFrom = from;
            targetAuthorityTo = to;
            ranges.received(from, to, true);
            ranges.range(to, to, to, to);
            return null;
        }
        if (bytes[from] == '/' || bytes[from] == '*' && to - from == 1 && method.equals("OPTIONS")) {
            ranges.range(from, question, Math.min(question + 1, to), to);
            return null;
        }
        return absolute(bytes, from, question, to);
    }

    private @Nullable HeadFault absolute(byte[] bytes, int from, int question, int to) {
        int start = from + scheme(bytes, from, to);
        if (start == from) {
            return HeadFault.TARGET;
        }
        int slash = start;
        while (slash < question && bytes[slash] != '/') {
            slash++;
        }
        lineAsReceived = false;
        targetAuthorityFrom = start;
        targetAuthorityTo = slash;
        ranges.received(from, to, PathForm.isPlain(bytes, slash, question));
        ranges.range(slash, question, Math.min(question + 1, to), to);
        return start == slash ? HeadFault.TARGET : null;
    }

    /// The length of `http://` or `https://` at the start of a range, 0 when something else stands there.
    private static int scheme(byte[] bytes, int from, int to) {
        String https = "https://";
        int i = 0;
        for (int at = from; at < to; at++) {
            int b = bytes[at] >= 'A' && bytes[at] <= 'Z' ? bytes[at] | 0x20 : bytes[at];
            if (i == 4 && b == ':') {
                i++;
            }
            if (b != https.charAt(i++)) {
                return 0;
            }
            if (i == https.length()) {
                return at + 1 - from;
            }
        }
        return 0;
    }

    @Override
    @Nullable HeadFault finish() {
        if (facts.hosts() > 1) {
            return HeadFault.HOST_TWICE;
        }
        if (facts.hosts() == 0 && versionMinor > 0) {
            return HeadFault.HOST_MISSING;
        }
        if (facts.hosts() == 1
                && !ranges.readAuthority(fields.valueFrom(facts.hostAt()), fields.valueTo(facts.hostAt()))) {
            return HeadFault.HOST_INVALID;
        }
        if (targetAuthorityTo > targetAuthorityFrom) {
            if (!ranges.readAuthority(targetAuthorityFrom, targetAuthorityTo) || connect && ranges.port() < 0) {
                return HeadFault.TARGET;
            }
            authorityFromTarget();
        }
        ranges.normalise();
        return null;
    }

    /// RFC 9112, 3.2.2: the target's authority replaces Host, and a path that was left out is `/`.
    private void authorityFromTarget() {
        fields.set(HeaderName.HOST, fields.bytes(), targetAuthorityFrom, targetAuthorityTo);
        if (!connect && ranges.pathFrom() == ranges.pathTo()) {
            boolean asterisk = method.equals("OPTIONS") && ranges.queryFrom() == ranges.queryTo();
            ranges.replacePath(0, 0, asterisk ? ASTERISK : SLASH);
        }
    }

    // ---- for routing and the connection

    @Override
    public HeaderBlock fields() {
        return fields;
    }

    @Override
    public TargetRanges ranges() {
        return ranges;
    }

    @Override
    public String protocol() {
        return versionMinor == 0 ? "HTTP/1.0" : "HTTP/1.1";
    }

    @Override
    public long framing() {
        if (framing != RECEIVED) {
            return framing;
        }
        if (facts.chunked()) {
            return Framing.CHUNKED;
        }
        return facts.contentLength() >= 0 ? facts.contentLength() : Framing.NONE;
    }

    @Override
    public void framing(long changed) {
        framing = changed;
    }

    @Override
    public boolean isHead() { return head; }

    public boolean isConnect() { return connect; }

    /// Whether the client means to keep the connection after this exchange.
    public boolean keepAlive() {
        return facts.keepAlive(versionMinor);
    }

    /// Whether the client waits for a 100 before it sends the body.
    public boolean expectContinue() {
        return facts.expectContinue(versionMinor);
    }

    /// Those of the Upgrade fields where Connection agrees; h2c is ignored.
    @Override
    public List<String> upgradeProtocols() {
        return facts.upgrade(fields, versionMinor) ? UpgradeProtocols.of(headers()) : List.of();
    }

    /// Whether the client said `TE: trailers`.
    public boolean trailersAccepted() {
        return facts.trailersAccepted();
    }

    /// Where the request line that can be sent as it stands begins and ends; both 0 when it has to be made.
    int lineFrom() {
        return isLineAsReceived() ? lineFrom : 0;
    }

    int lineEnd() {
        return isLineAsReceived() ? lineEnd : 0;
    }

    private boolean isLineAsReceived() { return lineAsReceived && !ranges.edited(); }

    // ---- RequestHead

    @Override
    public String method() {
        fields.checkLive();
        return method;
    }

    @Override
    public String target() {
        fields.checkLive();
        return connect ? authority() : fields.text(ranges.pathFrom(), ranges.queryTo());
    }

    @Override
    public String rawTarget() {
        fields.checkLive();
        return fields.text(ranges.rawFrom(), ranges.rawTo());
    }

    @Override
    public String path() {
        fields.checkLive();
        return fields.text(ranges.pathFrom(), ranges.pathTo());
    }

    @Override
    public String query() {
        fields.checkLive();
        return fields.text(ranges.queryFrom(), ranges.queryTo());
    }

    @Override
    public String authority() {
        String host = fields.first(HeaderName.HOST);
        return host == null ? "" : host;
    }

    @Override
    public String scheme() {
        fields.checkLive();
        return scheme;
    }

    @Override
    public Headers headers() {
        fields.checkLive();
        return fields;
    }

    @Override
    public long contentLength() {
        fields.checkLive();
        return facts.chunked() ? -1 : Math.max(0, facts.contentLength());
    }

    @Override
    public void target(String target) {
        fields.checkLive();
        ranges.target(target);
    }

    /// Changes the Host field too.
    @Override
    public void authority(String authority) {
        fields.checkLive();
        ranges.authority(authority);
        lineAsReceived &= !connect;
    }

    @Override
    public void method(String method) {
        fields.checkLive();
        if (!HeaderName.isToken(method)) {
            throw new IllegalArgumentException("method: \"" + method + "\" (expected: a token of RFC 9110, section 5.6.2)");
        }
        lineAsReceived = false;
        this.method = method;
    }
}
