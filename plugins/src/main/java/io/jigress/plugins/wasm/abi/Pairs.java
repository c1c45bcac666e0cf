package io.jigress.plugins.wasm.abi;

import io.jigress.api.Headers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The form in which the ABI passes maps: the count, the lengths of each name and value, then these, each with a NUL.
/// Texts are Latin-1, so that any bytes pass unchanged.
final class Pairs {
    private static final int MAX = 1000;

    private Pairs() {}

    static byte[] write(List<Map.Entry<String, String>> pairs) {
        int size = 4;
        for (Map.Entry<String, String> pair : pairs) {
            size += 10 + pair.getKey().length() + pair.getValue().length();
        }
        ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(pairs.size());
        for (Map.Entry<String, String> pair : pairs) {
            out.putInt(pair.getKey().length()).putInt(pair.getValue().length());
        }
        for (Map.Entry<String, String> pair : pairs) {
            out.put(bytes(pair.getKey())).put((byte) 0).put(bytes(pair.getValue())).put((byte) 0);
        }
        return out.array();
    }

    /// @return null when the bytes have another form
    static @Nullable List<Map.Entry<String, String>> read(byte[] bytes) {
        if (bytes.length == 0) {
            return List.of();
        }
        if (bytes.length < 4) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int count = in.getInt();
        if (count < 0 || count > MAX || in.remaining() < 8 * count) {
            return null;
        }
        int at = 4 + 8 * count;
        List<Map.Entry<String, String>> pairs = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int name = in.getInt();
            int value = in.getInt();
            if (name < 0 || value < 0 || (long) at + name + value + 2 > bytes.length) {
                return null;
            }
            pairs.add(Map.entry(text(bytes, at, name), text(bytes, at + name + 1, value)));
            at += name + value + 2;
        }
        return pairs;
    }

    /// The fields of a message, with names in lower case.
    static void addFields(List<Map.Entry<String, String>> pairs, Headers fields, boolean withoutHost) {
        for (int i = 0; i < fields.size(); i++) {
            String name = fields.nameAt(i).toLowerCase(Locale.ROOT);
            if (!withoutHost || !name.equals("host")) {
                pairs.add(Map.entry(name, fields.valueAt(i)));
            }
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static String text(byte[] bytes, int from, int length) {
        return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
    }
}
