package io.jigress.api;

import io.netty.buffer.ByteBuf;

/// Where an [UpstreamCall]'s results go: informational heads, one head, the body, then the end or a failure. Event loop only.
public interface ResponseSink {

    /// A 1xx head (but 101).
    void informational(ResponseHead head);

    /// The final head; valid until the end of the call. `last`: no body follows.
    void head(ResponseHead head, boolean last);

    /// A part of the body; the sink takes ownership.
    void body(ByteBuf data, boolean last);

    /// Ends the body with trailers.
    void trailers(Headers trailers);

    /// The call is over without a complete response.
    void failed(ProxyFailure failure);

    /// The request's body may go on.
    void writable();
}
