package io.jigress.proxy.http2;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Header blocks as text, for tests.
final class Lines implements FieldTarget {
    final List<String> fields = new ArrayList<>();

    @Override
    public void field(byte[] bytes, int line, int nameLength, int valueLength, int hash, int kind) {
        String text = new String(bytes, line, nameLength + valueLength + 4, StandardCharsets.ISO_8859_1);
        if (!text.endsWith("\r\n") || !text.startsWith(": ", nameLength)) {
            throw new AssertionError("no line: " + text);
        }
        fields.add(text.substring(0, text.length() - 2));
    }

    /// The fields of a block; null when it is malformed.
    static List<String> decoded(HpackDecoder decoder, byte[] block) {
        Lines lines = new Lines();
        return decoder.decode(block, 0, block.length, lines, new HpackScratch()) ? lines.fields : List.of("malformed");
    }

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /// Encodes fields (`name: value`) without a table.
    static byte[] block(String... fields) {
        HpackEncoder encoder = HpackEncoder.withoutTable();
        encoder.begin(new HpackScratch());
        for (String field : fields) {
            // The name of a pseudo-header field begins with a colon.
            int colon = field.startsWith(": ") ? 0 : field.indexOf(": ", 1);
            byte[] bytes = bytes(field);
            encoder.fieldAsIs(bytes, 0, colon, colon + 2, bytes.length);
        }
        return java.util.Arrays.copyOf(encoder.block(), encoder.length());
    }

    Lines() {}
}
