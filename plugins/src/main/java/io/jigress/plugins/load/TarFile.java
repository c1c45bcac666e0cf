package io.jigress.plugins.load;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/// Finds the code in a layer of files.
final class TarFile {
    private static final int BLOCK = 512;
    private static final int NAME = 100;
    private static final int SIZE_AT = 124;
    private static final int SIZE = 12;
    private static final int TYPE_AT = 156;
    /// A head takes no space when it is compressed.
    private static final int MAX_FILES = 10_000;

    private TarFile() {}

    /// The first regular file whose name ends with `suffix`; null when there is none.
    ///
    /// @param layer a tar file, maybe compressed with gzip
    static byte @Nullable [] find(byte[] layer, String suffix, int maxBytes) throws CodeFault {
        try (InputStream in = open(layer)) {
            long read = 0;
            for (int files = 0; files < MAX_FILES; files++) {
                byte[] head = in.readNBytes(BLOCK);
                if (head.length < BLOCK || head[0] == 0) {
                    return null;
                }
                long size = Long.parseLong("0" + text(head, SIZE_AT, SIZE), 8);
                read += size;
                if (read > maxBytes) {
                    throw new CodeFault("has a layer with more than " + maxBytes + " bytes");
                }
                byte[] content = in.readNBytes((int) size);
                in.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
                if (text(head, 0, NAME).endsWith(suffix) && (head[TYPE_AT] == '0' || head[TYPE_AT] == 0)) {
                    return content;
                }
            }
            throw new CodeFault("has a layer with more than " + MAX_FILES + " files");
        } catch (IOException | NumberFormatException e) {
            throw new CodeFault("has a layer that is not a tar file: " + e.getMessage());
        }
    }

    private static InputStream open(byte[] layer) throws IOException {
        InputStream in = new ByteArrayInputStream(layer);
        return layer.length > 2 && layer[0] == 0x1f && layer[1] == (byte) 0x8b ? new GZIPInputStream(in) : in;
    }

    private static String text(byte[] head, int from, int length) {
        String field = new String(head, from, length, StandardCharsets.ISO_8859_1);
        int end = field.indexOf('\0');
        return (end < 0 ? field : field.substring(0, end)).strip();
    }
}
