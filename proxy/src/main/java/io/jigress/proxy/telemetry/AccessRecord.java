package io.jigress.proxy.telemetry;

import io.jigress.api.HeaderName;
import io.jigress.api.ProxyFailure;
import io.jigress.proxy.http.HeaderBlock;
import io.jigress.proxy.http.ReceivedRequest;
import io.jigress.proxy.http.TargetRanges;
import org.jspecify.annotations.Nullable;

/// The facts of one exchange: access log, metrics and JFR events are written from this alone.
///
/// Belongs to a pooled exchange and its event loop. Order of calls: [#begin], setters as facts become known, [#end], readers,
/// [#reset]. Setters copy bytes and keep references to strings; none allocates once the record was used a few times. Byte
/// values are octets; a target is cut at 8 KiB, the others at 1 KiB.
public final class AccessRecord {
    /// Longer values are cut, so that a client cannot make a log line arbitrarily long.
    static final int SHORT = 1024;
    static final int LONG = 8 * 1024;

    private static final HeaderName REFERER = HeaderName.of("referer");

    final ByteField requestId = new ByteField(SHORT);
    final ByteField authority = new ByteField(SHORT);
    final ByteField target = new ByteField(LONG);
    final ByteField userAgent = new ByteField(SHORT);
    final ByteField referer = new ByteField(SHORT);
    final ByteField traceId = new ByteField(TraceParent.ID_CHARS);

    String proxy = "";
    String proxyUniqueId = "";

    private final boolean logged;
    private long startNanos;
    private long startEpochMillis;
    private long durationNanos;
    private long upstreamNanos = -1;
    private long bytesReceived;
    private long bytesSent;
    private int status;
    private int upstreamStatus;
    private int attempts;
    private String scheme = "";
    private String method = "";
    private String protocol = "";
    private String client = "";
    private String tlsVersion = "";
    private String tlsCipher = "";
    private String serverName = "";
    private String route = "";
    private String cluster = "";
    private String endpoint = "";
    private @Nullable ClosedBy closedBy;
    private @Nullable ProxyFailure failure;
    private @Nullable String reason;
    private @Nullable ExchangeEvent event;
    /// Made when a filter adds one first.
    private @Nullable LogFields fields;

    /// @param logged whether an access log is written: without one, what only the log shows of a head is not copied
    public AccessRecord(boolean logged) {
        this.logged = logged;
    }

    public boolean isLogged() { return logged; }

    /// The first byte of a request has arrived.
    ///
    /// @param nanos on the injected monotonic clock
    /// @param epochMillis on the injected wall clock; for the access log only
    public void begin(long nanos, long epochMillis) {
        startNanos = nanos;
        startEpochMillis = epochMillis;
        event = ExchangeEvent.begun();
    }

    /// The exchange has ended, on the clock of [#begin]. Commits the JFR event, unless it is of a stream: all other facts must be set before.
    public void end(long nanos) {
        durationNanos = Math.max(0, nanos - startNanos);
        if (event != null && closedBy == null) {
            event.commit(this);
            event = null;
        }
    }

    /// Clears the record; buffers of usual size are kept.
    public void reset() {
        requestId.clear();
        authority.clear();
        target.clear();
        userAgent.clear();
        referer.clear();
        traceId.clear();
        startNanos = 0;
        startEpochMillis = 0;
        durationNanos = 0;
        upstreamNanos = -1;
        bytesReceived = 0;
        bytesSent = 0;
        status = 0;
        upstreamStatus = 0;
        attempts = 0;
        scheme = "";
        method = "";
        protocol = "";
        client = "";
        proxy = "";
        proxyUniqueId = "";
        tlsVersion = "";
        tlsCipher = "";
        serverName = "";
        route = "";
        cluster = "";
        endpoint = "";
        closedBy = null;
        failure = null;
        reason = null;
        event = null;
        if (fields != null) {
            fields.clear();
        }
    }

    /// The facts of a request's head, before any rewrite.
    public void request(ReceivedRequest head) {
        protocol = head.protocol();
        method = head.method();
        scheme = head.scheme();
        if (!logged) {
            return;
        }
        HeaderBlock fields = head.fields();
        TargetRanges ranges = head.ranges();
        target.set(fields.bytes(), ranges.rawFrom(), ranges.rawTo());
        // The Host field and not the host's range: the range is in normal form, without port.
        copy(fields, HeaderName.HOST, authority);
        copy(fields, HeaderName.USER_AGENT, userAgent);
        copy(fields, REFERER, referer);
        TraceParent.copyId(fields, traceId);
    }

    private static void copy(HeaderBlock fields, HeaderName name, ByteField to) {
        int at = fields.find(name);
        if (at >= 0) {
            to.set(fields.bytes(), fields.valueFrom(at), fields.valueTo(at));
        }
    }

    /// The request id in the head as it goes upstream.
    public void requestId(HeaderBlock fields) {
        if (logged) {
            copy(fields, HeaderName.X_REQUEST_ID, requestId);
        }
    }

    public void requestId(String text) {
        requestId.set(text);
    }

    /// The Host field as received, with its port if it has one; the target's host when the target names one.
    public void authority(byte[] bytes, int from, int to) {
        authority.set(bytes, from, to);
    }

    public void authority(String text) {
        authority.set(text);
    }

    /// The request target as received: path and query, before any rewrite.
    public void target(byte[] bytes, int from, int to) {
        target.set(bytes, from, to);
    }

    public void target(String text) {
        target.set(text);
    }

    public void userAgent(byte[] bytes, int from, int to) {
        userAgent.set(bytes, from, to);
    }

    public void userAgent(String text) {
        userAgent.set(text);
    }

    public void method(String name) {
        method = name;
    }

    /// `http` or `https`, as the request reached the gateway.
    public void scheme(String name) {
        scheme = name;
    }

    public void referer(String text) {
        referer.set(text);
    }

    /// 32 hexadecimal digits.
    public void traceId(String id) {
        traceId.set(id);
    }

    /// `HTTP/1.1`
    public void protocol(String version) {
        protocol = version;
    }

    /// The address of the client without port: the peer's, or what trusted proxies say of it.
    public void client(String address) {
        client = address;
    }

    /// The proxy whose header of the PROXY protocol began the connection.
    ///
    /// @param address without port
    /// @param uniqueId of the connection, as the header tells it; empty when it does not
    public void proxy(String address, String uniqueId) {
        proxy = address;
        proxyUniqueId = uniqueId;
    }

    /// The matched route as `explain` names it: `HTTPRoute default/shop rule 0`; empty when none matched.
    public void route(String name) {
        route = name;
    }

    /// The upstream as `explain` names it: `Service default/cart:80`.
    public void cluster(String name) {
        cluster = name;
    }

    /// The endpoint of the last attempt, `address:port`.
    public void endpoint(String address) {
        endpoint = address;
    }

    /// The status that the client received; 499 when it closed its connection before.
    public void status(int code) {
        status = code;
    }

    /// The status of the upstream, before filters changed it.
    public void upstreamStatus(int code) {
        upstreamStatus = code;
    }

    /// All bytes received from the client in this exchange: head, body with its framing, trailers.
    public void bytesReceived(long bytes) {
        bytesReceived = bytes;
    }

    /// All bytes sent to the client in this exchange.
    public void bytesSent(long bytes) {
        bytesSent = bytes;
    }

    /// How often the request was sent to an upstream.
    public void attempts(int count) {
        attempts = count;
    }

    /// From the first byte of the request to the head of the upstream's final response.
    public void upstreamNanos(long nanos) {
        upstreamNanos = nanos;
    }

    public void failure(ProxyFailure what) {
        failure = what;
    }

    /// Who ended the stream that this record is of, so that it is not of a request.
    public void closedBy(ClosedBy who) {
        closedBy = who;
    }

    /// Null for a request.
    public @Nullable ClosedBy closedBy() {
        return closedBy;
    }

    /// Adds what a filter tells, in place of a field of the same name ([io.jigress.api.Exchange#logField]).
    ///
    /// @return false when there is no place left
    public boolean field(String name, String value) {
        LogFields own = fields;
        if (own == null) {
            own = new LogFields();
            fields = own;
        }
        return own.set(name, value);
    }

    /// Null when there are none.
    @Nullable LogFields fields() {
        return fields == null || fields.size() == 0 ? null : fields;
    }

    /// Why the gateway or one of its filters answered the request itself ([io.jigress.api.LocalReply#reason]).
    public void reason(String why) {
        reason = why;
    }

    public long startNanos() {
        return startNanos;
    }

    public long startEpochMillis() {
        return startEpochMillis;
    }

    public long durationNanos() {
        return durationNanos;
    }

    /// -1 when no upstream answered.
    public long upstreamNanos() {
        return upstreamNanos;
    }

    public long bytesReceived() {
        return bytesReceived;
    }

    public long bytesSent() {
        return bytesSent;
    }

    /// 0 when nothing was answered.
    public int status() {
        return status;
    }

    /// 0 when no upstream answered.
    public int upstreamStatus() {
        return upstreamStatus;
    }

    public int attempts() {
        return attempts;
    }

    public String method() {
        return method;
    }

    /// Of the client's connection: `TLSv1.3`; empty in the clear.
    public String tlsVersion() {
        return tlsVersion;
    }

    /// Of the client's connection, by its IANA name.
    public String tlsCipher() {
        return tlsCipher;
    }

    /// What the client named in its TLS handshake.
    public String serverName() {
        return serverName;
    }

    /// How the client's connection is encrypted.
    public void tls(String version, String cipher, String name) {
        tlsVersion = version;
        tlsCipher = cipher;
        serverName = name;
    }

    public String scheme() {
        return scheme;
    }

    public String protocol() {
        return protocol;
    }

    public String client() {
        return client;
    }

    public String route() {
        return route;
    }

    public String cluster() {
        return cluster;
    }

    public String endpoint() {
        return endpoint;
    }

    public @Nullable ProxyFailure failure() {
        return failure;
    }

    /// The reply's reason, else the failure's detail, else null.
    public @Nullable String reason() {
        return reason != null || failure == null ? reason : failure.detail();
    }
}
