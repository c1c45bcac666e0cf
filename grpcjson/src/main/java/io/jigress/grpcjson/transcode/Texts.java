package io.jigress.grpcjson.transcode;

/// Texts that values have in JSON.
final class Texts {
    private static final int SHOWN = 40;

    private Texts() {}

    /// A value for a message: cut, since it comes from a peer.
    static String shown(String value) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < value.length() && i < SHOWN; i++) {
            char c = value.charAt(i);
            out.append(c < 0x20 || c == 0x7f ? ' ' : c);
        }
        return value.length() > SHOWN ? out + "…" : out.toString();
    }

    /// A path of a FieldMask: `fooBar.baz` to `foo_bar.baz`.
    static String snake(String path) throws Fault {
        StringBuilder out = new StringBuilder(path.length() + 4);
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '_') {
                throw new Fault("is \"" + shown(path) + "\" (expected: paths in lowerCamelCase)");
            }
            if (c >= 'A' && c <= 'Z') {
                out.append('_').append((char) (c - 'A' + 'a'));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    /// The reverse: `foo_bar.baz` to `fooBar.baz`.
    static String camel(String path) throws Fault {
        StringBuilder out = new StringBuilder(path.length());
        boolean upper = false;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (upper && (c < 'a' || c > 'z') || c >= 'A' && c <= 'Z') {
                throw new Fault("is a FieldMask with the path \"" + shown(path) + "\", which has no form in JSON");
            }
            if (c == '_') {
                upper = true;
            } else {
                out.append(upper ? (char) (c - 'a' + 'A') : c);
                upper = false;
            }
        }
        if (upper) {
            throw new Fault("is a FieldMask with the path \"" + shown(path) + "\", which has no form in JSON");
        }
        return out.toString();
    }
}
