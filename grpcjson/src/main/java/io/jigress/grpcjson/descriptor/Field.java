package io.jigress.grpcjson.descriptor;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A field of a message. Immutable once its schema is made.
public final class Field {
    private final String name;
    private final String jsonName;
    private final int number;
    private final Kind kind;
    private final boolean repeated;
    private final boolean packed;
    private final boolean presence;
    private final int oneof;
    private final byte[] key;
    private final byte[] originalKey;
    private int index;
    private @Nullable MessageType message;
    private @Nullable EnumType enumType;

    /// @param presence whether an unset field differs from one with the default value
    /// @param oneof the oneof that it belongs to, counted from 0; -1 for none
    Field(String name, String jsonName, int number, Kind kind, boolean repeated, boolean packed, boolean presence, int oneof) {
        this.name = name;
        this.jsonName = jsonName;
        this.number = number;
        this.kind = kind;
        this.repeated = repeated;
        this.packed = packed;
        this.presence = presence;
        this.oneof = oneof;
        key = ("\"" + escaped(jsonName) + "\":").getBytes(StandardCharsets.UTF_8);
        originalKey = ("\"" + name + "\":").getBytes(StandardCharsets.UTF_8);
    }

    private static String escaped(String name) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c < 0x20) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c == '"' || c == '\\' ? "\\" : "").append(c);
            }
        }
        return out.toString();
    }

    void link(@Nullable MessageType type, @Nullable EnumType values) {
        message = type;
        enumType = values;
    }

    void index(int at) {
        index = at;
    }

    public String name() {
        return name;
    }

    public String jsonName() {
        return jsonName;
    }

    public int number() {
        return number;
    }

    /// Its place among the fields of its message ([MessageType#fields]).
    public int index() {
        return index;
    }

    public Kind kind() {
        return kind;
    }

    public boolean isRepeated() { return repeated; }

    public boolean isPacked() { return packed; }

    public boolean hasPresence() {
        return presence;
    }

    public int oneof() {
        return oneof;
    }

    /// The beginning of a member of a JSON object: the name in quotes, and the colon. Must not be changed.
    ///
    /// @param original the name of the definition in the place of the JSON name
    public byte[] key(boolean original) {
        return original ? originalKey : key;
    }

    /// The type of a message field.
    public MessageType message() {
        MessageType type = message;
        if (type == null) {
            throw new IllegalStateException(name + " is of type " + kind + " (expected: a message)");
        }
        return type;
    }

    /// The type of an enum field.
    public EnumType enumType() {
        EnumType type = enumType;
        if (type == null) {
            throw new IllegalStateException(name + " is of type " + kind + " (expected: an enum)");
        }
        return type;
    }

    public boolean isMap() {
        MessageType type = message;
        return repeated && type != null && type.isMapEntry();
    }

    /// Whether it holds any value of JSON, so that `null` is a value too.
    public boolean takesNull() {
        MessageType type = message;
        EnumType values = enumType;
        return type != null && type.wellKnown() == WellKnown.VALUE || values != null && values.isNullValue();
    }
}
