package io.jigress.proxy.http2;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http.HeaderBlock;
import io.jigress.proxy.http.HopByHop;
import io.jigress.proxy.http.Octets;
import io.jigress.proxy.http.PathForm;
import io.jigress.proxy.http.ReceivedRequest;
import io.jigress.proxy.http.TargetRanges;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A request's head as it was received from a client. `:authority` is stored as the Host line, and the crumbs of a cookie as one line.
final class Http2RequestHead extends Http2Fields implements ReceivedRequest {
    private static final byte[] HOST = {'h', 'o', 's', 't', ':', ' '};
    private static final int NAME = 4;
    private static final HeaderName WEBSOCKET_KEY = HeaderName.of("sec-websocket-key");
    private static final int LINE_END = 2;

    private final TargetRanges ranges = new TargetRanges(fields);
    private final CookieCrumbs cookies = new CookieCrumbs(this);
    private String scheme = "http";
    private String method = "";
    /// What an extended CONNECT asks for; else empty.
    private String protocol = "";
    /// The kinds of pseudo-header fields that have come, a bit each.
    private int seen;
    private boolean expectContinue;
    private boolean head;
    private int pathFrom;
    private int pathTo;
    private int hostAt;
    private long framing;

    Http2RequestHead(Http2Pool pool) {
        super(pool);
    }

    void begin(HeadLimits limits, String scheme) {
        begin(limits);
        this.scheme = scheme;
        method = "";
        protocol = "";
        seen = 0;
        expectContinue = false;
        head = false;
        pathFrom = 0;
        pathTo = 0;
        hostAt = -1;
        cookies.begin();
        ranges.begin();
    }

    // ---- fields come in

    @Override
    @Nullable FieldFault pseudo(int kind, byte[] bytes, int value, int valueEnd) {
        int bit = 1 << kind;
        if ((seen & bit) != 0) {
            return FieldFault.PSEUDO_FIELD;
        }
        seen |= bit;
        return switch (kind) {
            case FieldKind.METHOD -> {
                method = PseudoFields.method(bytes, value, valueEnd);
                head = method.equals("HEAD");
                yield method.isEmpty() ? FieldFault.METHOD : null;
            }
            case FieldKind.SCHEME -> PseudoFields.isScheme(bytes, value, valueEnd) ? null : FieldFault.SCHEME;
            case FieldKind.PATH -> path(bytes, value, valueEnd);
            case FieldKind.AUTHORITY -> {
                hostAt = line(HOST, NAME, bytes, value, valueEnd, HeaderName.HOST.hash());
                yield fault();
            }
            case FieldKind.PROTOCOL -> {
                protocol = PseudoFields.token(bytes, value, valueEnd);
                yield protocol.isEmpty() ? FieldFault.PSEUDO_FIELD : null;
            }
            default -> FieldFault.PSEUDO_FIELD;
        };
    }

    private boolean has(int pseudo) {
        return (seen & 1 << pseudo) != 0;
    }

    private @Nullable FieldFault path(byte[] bytes, int from, int to) {
        int length = to - from;
        if (length > limits.targetBytes()) {
            return FieldFault.TARGET_TOO_LONG;
        }
        fields.room(length);
        pathFrom = fields.end();
        pathTo = pathFrom + length;
        System.arraycopy(bytes, from, fields.bytes(), pathFrom, length);
        fields.end(pathTo);
        return null;
    }

    private int line(byte[] prefix, int nameLength, byte[] bytes, int value, int valueEnd, int hash) {
        int valueLength = valueEnd - value;
        int length = prefix.length + valueLength + LINE_END;
        if (length - LINE_END > limits.fieldBytes()) {
            refuse(FieldFault.FIELD_TOO_LARGE);
            return -1;
        }
        fields.room(length);
        int at = fields.end();
        byte[] to = fields.bytes();
        System.arraycopy(prefix, 0, to, at, prefix.length);
        System.arraycopy(bytes, value, to, at + prefix.length, valueLength);
        to[at + length - 2] = '\r';
        to[at + length - 1] = '\n';
        fields.end(at + length);
        return fields.index(hash, at, at + nameLength, at + prefix.length, at + length - LINE_END, at + length, 0);
    }

    @Override
    void special(int kind, byte[] bytes, int line, int nameLength, int valueLength, int hash) {
        int value = line + nameLength + 2;
        switch (kind) {
            case FieldKind.HOST -> host(bytes, line, value, value + valueLength, hash);
            case FieldKind.COOKIE -> cookies.add(bytes, line, nameLength, valueLength, hash);
            default -> {
                expectContinue |= valueLength == 12 && FieldKind.is("100-continue", bytes, value);
                add(bytes, line, nameLength, valueLength, hash, 0);
            }
        }
    }

    /// RFC 9113, 8.3.1: the same as `:authority`, or in place of it.
    private void host(byte[] bytes, int line, int value, int valueEnd, int hash) {
        if (hostAt < 0) {
            hostAt = add(bytes, line, NAME, valueEnd - value, hash, 0);
        } else if (!has(FieldKind.AUTHORITY)) {
            refuse(FieldFault.HOST_TWICE);
        } else if (!sameHost(bytes, value, valueEnd)) {
            refuse(FieldFault.HOST_MISMATCH);
        }
    }

    private boolean sameHost(byte[] bytes, int from, int to) {
        int known = fields.valueFrom(hostAt);
        if (fields.valueTo(hostAt) - known != to - from) {
            return false;
        }
        for (int i = from; i < to; i++, known++) {
            byte one = bytes[i];
            byte other = fields.bytes()[known];
            if (one != other && (Octets.token(one) == 0 || Octets.token(one) != Octets.token(other))) {
                return false;
            }
        }
        return true;
    }

    @Override
    @Nullable FieldFault finish(boolean last) {
        if (method.isEmpty()) {
            return FieldFault.METHOD;
        }
        if (isConnect() && !has(FieldKind.PROTOCOL)) {
            return hostAt < 0 ? FieldFault.HOST_MISSING : null;
        }
        if (has(FieldKind.PROTOCOL) && (!isConnect() || last)) {
            return FieldFault.PSEUDO_FIELD;
        }
        if (!has(FieldKind.SCHEME)) {
            return FieldFault.SCHEME;
        }
        if (!has(FieldKind.PATH) || !readTarget()) {
            return FieldFault.TARGET;
        }
        if (hostAt < 0) {
            return FieldFault.HOST_MISSING;
        }
        if (!ranges.readAuthority(fields.valueFrom(hostAt), fields.valueTo(hostAt))) {
            return FieldFault.HOST_INVALID;
        }
        if (last && declared > 0) {
            return FieldFault.LENGTH_MISMATCH;
        }
        cookies.join();
        if (isConnect()) {
            method = "GET";
            framing = Framing.NONE;
            declared = 0;
        } else if (last) {
            framing = declared == 0 || expectsBody() ? 0 : Framing.NONE;
            declared = 0;
        } else {
            framing = declared >= 0 ? declared : Framing.CHUNKED;
        }
        return null;
    }

    @Override
    void received() {
        ranges.normalise();
    }

    /// RFC 9110, 8.6: for these a body is expected, and its absence is said.
    private boolean expectsBody() {
        return switch (method) {
            case "POST", "PUT", "PATCH" -> true;
            default -> false;
        };
    }

    private boolean readTarget() {
        byte[] bytes = fields.bytes();
        int question = pathTo;
        for (int i = pathFrom; i < pathTo; i++) {
            if (Octets.target(bytes[i]) == 0) {
                return false;
            }
            if (bytes[i] == '?' && question == pathTo) {
                question = i;
            }
        }
        if (pathFrom == pathTo
                || bytes[pathFrom] != '/' && !(method.equals("OPTIONS") && bytes[pathFrom] == '*' && pathTo - pathFrom == 1)) {
            return false;
        }
        ranges.received(pathFrom, pathTo, PathForm.isPlain(bytes, pathFrom, question));
        ranges.range(pathFrom, question, Math.min(question + 1, pathTo), pathTo);
        return true;
    }

    /// A CONNECT that is not extended, which asks for a tunnel to an address.
    boolean isConnect() { return method.equals("CONNECT"); }

    /// Whether it is an extended CONNECT (RFC 8441): HTTP/1 would have asked by a GET with the field Upgrade.
    boolean isExtendedConnect() { return !protocol.isEmpty(); }

    /// Adds the fields by which HTTP/1 asks for the protocol of an extended CONNECT.
    ///
    /// @param key a nonce of 16 bytes (RFC 6455, 4.1)
    void addUpgrade(byte[] key) {
        fields.set(HopByHop.UPGRADE, protocol);
        if (protocol.equals("websocket")) {
            fields.set(WEBSOCKET_KEY, Base64.getEncoder().encodeToString(key));
        }
    }

    @Override
    public List<String> upgradeProtocols() {
        return protocol.isEmpty() ? List.of() : List.of(protocol.toLowerCase(Locale.ROOT));
    }

    /// Whether the client waits for a 100 before it sends the body.
    boolean expectContinue() {
        return expectContinue;
    }

    // ---- ReceivedRequest

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
        return "HTTP/2";
    }

    @Override
    public boolean isHead() { return head; }

    @Override
    public long framing() {
        return framing;
    }

    @Override
    public void framing(long changed) {
        framing = changed;
    }

    // ---- RequestHead

    @Override
    public String method() {
        fields.checkLive();
        return method;
    }

    @Override
    public String target() {
        fields.checkLive();
        return fields.text(ranges.pathFrom(), ranges.queryTo());
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

    /// Of the connection, whatever `:scheme` claims.
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
        return declared;
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
    }

    @Override
    public void method(String method) {
        fields.checkLive();
        if (!HeaderName.isToken(method)) {
            throw new IllegalArgumentException("method: \"" + method + "\" (expected: a token of RFC 9110, section 5.6.2)");
        }
        this.method = method;
    }
}
