package io.jigress.api;

import io.netty.buffer.ByteBuf;

/// Where an [UpstreamCall]'s results go: informational heads, one head, the body, then the end or a failure. Event loop only.
///
/// Results are delivered within a callback of the session ([UpstreamSession#read], `readComplete`, `writable`, `closed`) or a task of
/// [UpstreamChannel#schedule]; never within [UpstreamSession#open] or a method of the call.
public interface ResponseSink {

    /// A 1xx head other than 101. Valid only during the call of this method.
    void informational(ResponseHead head);

    /// The final head. The sink keeps it, even beyond the end of the call: the session must not use it for another response.
    ///
    /// @param last no body follows
    void head(ResponseHead head, boolean last);

    /// The final head of a response to a request that asked to switch ([RequestHead#upgradeProtocols]): both sides leave HTTP. From now on
    /// the bodies of the call and of this sink are raw bytes, and the last part of each ends its own direction only. The sink keeps the
    /// head as in [#head].
    void switched(ResponseHead head);

    /// A part of the body; the sink takes ownership.
    void body(ByteBuf data, boolean last);

    /// Ends the body with trailers. Valid only during the call of this method.
    void trailers(Headers trailers);

    /// The call is over without a complete response. A failure that is retryable may be answered with another attempt when the
    /// request is safe to send twice; it may have reached the upstream.
    void failed(ProxyFailure failure);

    /// More of the request's body may be sent.
    void writable();
}
