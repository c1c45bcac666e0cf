package io.jigress.proxy.http;

import io.jigress.api.RequestHead;

/// A request's head as a codec received it: what an exchange needs beyond what filters see, independent of the HTTP version.
public interface ReceivedRequest extends RequestHead {

    /// The fields, stored as HTTP/1 writes them, and the storage that all ranges refer to. `Host` is among them, also where a codec received
    /// the authority in another way (`:authority` of HTTP/2); fields that are not forwarded are flagged.
    HeaderBlock fields();

    TargetRanges ranges();

    /// The version as the access log writes it: `HTTP/1.1`.
    String protocol();

    /// Whether the client sent HEAD, regardless of the method that is sent upstream.
    boolean isHead();

    /// The framing of the forwarded body: a length, [Framing#CHUNKED] when the length is not known in advance, or [Framing#NONE].
    long framing();

    /// Changes the framing of the forwarded body (a length or a constant of [Framing]), since a filter changed the body.
    void framing(long changed);
}
