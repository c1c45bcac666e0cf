package io.jigress.proxy.exchange;

import io.jigress.api.ConnectionFacts;
import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Receives the events of a forwarded request: an exchange, a mirror, or the call of a filter. Event loop only.
public interface ForwarderListener {

    /// An attempt begins; or one that began earlier is the only one left of two, or the one that is answered.
    ///
    /// @param number of attempts so far
    /// @param beganNanos on the clock of the loop
    void attempt(int number, String endpoint, long beganNanos);

    /// The client's connection, for endpoints that are told of it by the PROXY protocol; null when the request is not a client's.
    default @Nullable ConnectionFacts client() {
        return null;
    }

    void informational(ResponseHead head);
    void responseHead(ResponseHead head, boolean last);

    /// Takes ownership.
    void responseBody(ByteBuf data, boolean last);

    void responseTrailers(Headers trailers);

    /// An attempt failed and another one follows or is in progress; null if it was answered with a status that is retried.
    void retried(@Nullable ProxyFailure failure);

    void failed(ProxyFailure failure);

    void upstreamCongested(boolean yes);

    void broke(Throwable thrown);
}
