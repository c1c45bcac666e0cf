package io.jigress.plugins.lua.vm;

/// A local variable that closures share.
final class Cell {
    Object value;

    Cell(Object value) {
        this.value = value;
    }
}
