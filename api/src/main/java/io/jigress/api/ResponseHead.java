package io.jigress.api;

/// The head of a response, whatever the HTTP version of the side it came from.
public interface ResponseHead {

    /// A head without fields, for protocols that are not HTTP.
    ///
    /// @param contentLength -1 when it is not known beforehand
    static ResponseHead of(int status, long contentLength) {
        return new PlainResponseHead(status, contentLength);
    }

    /// A copy that outlives the head it was made from.
    static ResponseHead copyOf(ResponseHead other) {
        return new PlainResponseHead(other.status(), other.contentLength(), ListHeaders.copyOf(other.headers()));
    }

    /// 100 to 999.
    int status();

    Headers headers();

    /// The declared length of the body in bytes; -1 when it is not known beforehand.
    long contentLength();

    void status(int status);
}
