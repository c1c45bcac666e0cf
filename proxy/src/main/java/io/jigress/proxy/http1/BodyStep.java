package io.jigress.proxy.http1;

/// What [BodyDecoder#decode] found.
public enum BodyStep {
    /// [BodyDecoder#dataLength] bytes of the body stand at the reader index. The caller takes them before it goes on.
    DATA,
    /// Nothing more can be told from these bytes; all of them were taken.
    NEED_MORE,
    /// The body is over, with trailers; the reader index stands right behind.
    TRAILERS,
    /// The body is over; the reader index stands right behind.
    END,
    /// The body is malformed; [BodyDecoder#fault] says how, and the connection has to be closed.
    REFUSED
}
