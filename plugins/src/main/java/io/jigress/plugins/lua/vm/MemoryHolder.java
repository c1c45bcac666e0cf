package io.jigress.plugins.lua.vm;

import java.util.function.Consumer;

/// A Java object that holds memory, or Lua values, for scripts.
public interface MemoryHolder {

    /// Its own bytes, without the values that it shows.
    long bytes();

    /// Shows the Lua values that it holds.
    void visit(Consumer<Object> values);
}
