package io.jigress.proxy.http;

/// A head in pooled storage that may have several owners: it stays readable until each has let go. Event loop only.
public interface SharedHead {

    /// Adds an owner.
    void retain();

    /// Takes an owner away; the last gives the storage back, and views throw from then on.
    void release();
}
