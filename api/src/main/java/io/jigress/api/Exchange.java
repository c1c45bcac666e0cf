package io.jigress.api;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One request and its response, as filters see it.
///
/// Lives on one event loop from its first byte to [HttpFilter#onComplete]; every method is for that loop only, except those
/// of a [Resumption]. The object and its views are reused for later requests afterwards: do not keep them. A call after the end
/// throws IllegalStateException and never touches another request.
public interface Exchange {
    /// The number of keys that one exchange holds for all its filters.
    int MOST_KEYS = 256;

    RequestHead request();

    /// The response's head; null until one has arrived or was made by the gateway.
    @Nullable ResponseHead response();

    /// The address of the client: the peer's, or the one that trusted proxies report.
    InetAddress clientAddress();

    /// The address of the peer of the TCP connection, or that of the client which the PROXY protocol tells ([ConnectionFacts#peer]).
    InetAddress peerAddress();

    /// The request's id (X-Request-Id), as it goes upstream.
    String id();

    /// The stable name of the matched route (`HTTPRoute default/shop rule 0`), or `-` when none matched.
    String routeName();

    /// Nanoseconds on the injected monotonic clock since the first byte of the request.
    long elapsedNanos();

    <T> @Nullable T get(ExchangeKey<T> key);

    /// @throws IllegalStateException when the exchange holds [#MOST_KEYS] other keys
    <T> void put(ExchangeKey<T> key, T value);

    /// Announces that the filter is about to return [FilterDecision.Wait], which pauses the exchange until the result is
    /// resumed, or a [FilterDecision.HoldHead] with it. If the deadline passes first, the exchange continues with the decision `onDeadline`. A deadline
    /// of a second or more may be up to 50 ms late.
    Resumption suspend(Duration deadline, FilterDecision onDeadline);

    /// Lets the filter whose callback is running end the request's body, as the next filters and the upstream see it. Body callbacks
    /// continue: the bytes that they leave in a part are sent, but not the end of the body. For filters that change request bodies
    /// ([FilterInterest#CHANGE_REQUEST_BODY]).
    ///
    /// @throws IllegalStateException outside of the callbacks, when the body has ended, and for filters that do not change bodies
    BodyWriter takeRequestBody();

    /// The same for the response's body, from `onResponseHead` on. For a response that cannot have a body (to HEAD, 204, 304) the writer
    /// is over from the start.
    ///
    /// @throws IllegalStateException as [#takeRequestBody]
    BodyWriter takeResponseBody();

    /// Chooses the route again, from the request as it is now. Allowed up to phase TRANSFORM, from `onRequestHead`; filters
    /// that have finished do not run again.
    ///
    /// @throws IllegalStateException when it is too late
    void rematch();

    /// The connection on which the request arrived.
    ConnectionFacts connection();

    /// The version of HTTP that the client speaks: `HTTP/1.0`, `HTTP/1.1`, `HTTP/2`.
    String protocol();

    /// When the first byte of the request arrived, on the injected wall clock.
    Instant startTime();

    /// Bytes of the request that have arrived so far, head and framing included.
    long bytesReceived();

    /// Bytes of the response that were sent so far, head and framing included.
    long bytesSent();

    /// The names of the clusters that the matched route forwards to, in its order, those that get copies last. Empty when it forwards to none.
    List<String> targetClusters();

    /// The stable name of the cluster that the request goes to (`Service default/cart:80`); null when its route forwards to none. One of several
    /// targets is drawn by weight at the first call, or when the head has passed the route's filters, and stays unless the route is chosen again.
    @Nullable String clusterName();

    /// The endpoints of the cluster that the request goes to, which this draws as [#clusterName] does: those of all priorities, as they are now. Empty when the
    /// route forwards to none. Makes a new list.
    List<EndpointFacts> endpoints();

    /// Sends the first attempt of the request to this endpoint of its cluster, instead of the one that the load balancing would pick. Of several calls the last
    /// counts. Further attempts, where the route's policy allows any, go to others.
    ///
    /// @param strict whether the request fails with 503 when its cluster has no such endpoint that takes requests; otherwise one is picked as usual
    /// @return false, without effect, when the request was forwarded already
    boolean overrideEndpoint(InetSocketAddress address, boolean strict);

    /// The endpoint of the last attempt; null before the first one.
    @Nullable InetSocketAddress upstreamAddress();

    /// How often the request was sent to an upstream so far.
    int attempts();

    /// Why the request has failed; null while it has not.
    @Nullable ProxyFailure failure();

    /// Why it has failed, or why the gateway or a filter answered by itself ([LocalReply#reason]), as in the access log; else null.
    @Nullable String reason();

    /// Adds a field to the line of the access log, or replaces the one of the same name. At most 16 per exchange, over all filters.
    ///
    /// @param name `a-z`, `0-9`, `_` and `.`, at most 64 of them
    /// @param value cut to 256 bytes of UTF-8
    /// @return false when the exchange already has 16 fields
    /// @throws IllegalArgumentException when the name has another form
    boolean logField(String name, String value);
}
