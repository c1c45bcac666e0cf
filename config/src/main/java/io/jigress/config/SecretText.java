package io.jigress.config;

/// A text that must not be shown in logs, dumps of the configuration or messages.
public final class SecretText {
    private final String value;

    public SecretText(String value) {
        this.value = value;
    }

    public String value() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SecretText that && value.equals(that.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }
}
