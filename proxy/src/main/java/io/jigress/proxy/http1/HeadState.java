package io.jigress.proxy.http1;

/// How far the reading of a head has come.
public enum HeadState {
    /// All bytes were taken; the head is not at its end.
    NEED_MORE,
    /// The head is complete; the reader index stands right behind it.
    COMPLETE,
    /// The head must not be used; [Http1Head#fault] says why, and the connection has to be closed.
    REFUSED
}
