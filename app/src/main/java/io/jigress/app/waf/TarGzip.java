package io.jigress.app.waf;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/// Unpacks files and folders of a tar archive that is compressed with gzip, within limits; links and devices are left out.
final class TarGzip {
    /// The limit of the files' bytes in total.
    private static final long MAX_BYTES = 128 * 1024 * 1024;
    /// The limit of entries.
    private static final int MAX_ENTRIES = 20_000;
    /// The longest name of a GNU long-name entry.
    private static final int MAX_NAME = 4096;
    private static final int BLOCK = 512;

    private final InputStream in;
    private final Path folder;
    private long bytes;

    private TarGzip(InputStream in, Path folder) {
        this.in = in;
        this.folder = folder;
    }

    /// Throws an exception with a message for people if the archive is not valid, reaches a limit, or has a name that leads out of the folder.
    static void unpack(InputStream archive, Path folder) throws IOException {
        try (InputStream in = new GZIPInputStream(archive)) {
            new TarGzip(in, folder).unpack();
        }
    }

    private void unpack() throws IOException {
        String longName = "";
        for (int entries = 0; entries < MAX_ENTRIES; entries++) {
            byte[] header = in.readNBytes(BLOCK);
            if (header.length < BLOCK || header[0] == 0) {
                return;
            }
            long size = octal(header, 124, 12);
            String name = longName.isEmpty() ? name(header) : longName;
            longName = "";
            switch (header[156]) {
                case 'L' -> {
                    if (size > MAX_NAME) {
                        throw new IOException(
                                "the archive has a name of " + size + " bytes (expected: at most " + MAX_NAME + ")");
                    }
                    longName = text(content(size), 0, (int) size);
                }
                case '0', 0 -> file(name, size);
                case '5' -> Files.createDirectories(place(name));
                default -> in.skipNBytes(padded(size));
            }
        }
        throw new IOException("the archive has more than " + MAX_ENTRIES + " entries");
    }

    private void file(String name, long size) throws IOException {
        bytes += size;
        if (bytes > MAX_BYTES) {
            throw new IOException("the archive has more than " + MAX_BYTES + " bytes unpacked");
        }
        Path path = place(name);
        Path parent = path.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.write(path, content(size));
    }

    private byte[] content(long size) throws IOException {
        byte[] content = in.readNBytes(Math.toIntExact(size));
        if (content.length < size) {
            throw new IOException("the archive ends within a file");
        }
        in.skipNBytes(padded(size) - size);
        return content;
    }

    private Path place(String name) throws IOException {
        Path path = folder.resolve(name).normalize();
        if (!path.startsWith(folder) || name.indexOf('\0') >= 0) {
            throw new IOException("the archive has the name " + name + ", which leads out of its folder");
        }
        return path;
    }

    private static long padded(long size) {
        return (size + BLOCK - 1) / BLOCK * BLOCK;
    }

    private static String name(byte[] header) {
        String name = text(header, 0, 100);
        // The prefix is a field of POSIX archives only.
        String prefix = text(header, 257, 5).equals("ustar") && header[262] == 0 ? text(header, 345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private static String text(byte[] bytes, int from, int length) {
        int end = from;
        while (end < from + length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, from, end - from, StandardCharsets.UTF_8);
    }

    private static long octal(byte[] header, int from, int length) throws IOException {
        long number = 0;
        for (int i = from; i < from + length && header[i] != 0; i++) {
            if (header[i] >= '0' && header[i] <= '7') {
                number = number * 8 + (header[i] - '0');
            } else if (header[i] != ' ') {
                throw new IOException("the archive is not a tar archive");
            }
        }
        if (number > MAX_BYTES) {
            throw new IOException("the archive has a file of " + number + " bytes (expected: at most " + MAX_BYTES + ")");
        }
        return number;
    }
}
