package io.jigress.sources.manifest;

/// A place in a text.
///
/// @param line from 1
/// @param column from 1, in characters
public record Position(int line, int column) {

    /// `line 7, column 3`
    @Override
    public String toString() {
        return "line " + line + ", column " + column;
    }
}
