package io.jigress.proxy.http;

import io.jigress.api.RequestHead;

/// A request's head as a codec received it: all that an exchange needs of it beyond what filters see, whatever the HTTP version.
public interface ReceivedRequest extends RequestHead {

    /// The fields, stored as HTTP/1 writes them, and the storage that all ranges mean. `Host` is among them, also where a codec was
    /// told the authority by other means (HTTP/2's `:authority`); those that do not pass carry the flags that say so.
    HeaderBlock fields();

    TargetRanges ranges();

    /// The version as the access log writes it: `HTTP/1.1`.
    String protocol();

    /// Whether the client sent HEAD, whatever goes upstream.
    boolean isHead();

    /// How the body goes on: a length, [Framing#CHUNKED] when none is known beforehand, or [Framing#NONE].
    long framing();

    /// Sends the body in another framing than it came in (a length or a constant of [Framing]): a filter changed it.
    void framing(long changed);
}
