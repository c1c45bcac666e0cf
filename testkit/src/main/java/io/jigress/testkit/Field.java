package io.jigress.testkit;

/// One header or trailer field, as it stood on the wire (the value without the spaces around it).
public record Field(String name, String value) {
    @Override
    public String toString() {
        return name + ": " + value;
    }
}
