package io.jigress.proxy.http;

/// A head in pooled storage that may have several owners; it stays readable until all of them have released it. Event loop only.
public interface SharedHead {

    /// Adds an owner.
    void retain();

    /// Removes an owner. The last one returns the storage to the pool; views throw from then on.
    void release();
}
