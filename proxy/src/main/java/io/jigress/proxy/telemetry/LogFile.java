package io.jigress.proxy.telemetry;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The file behind the access log, which other programs may rename or delete at any time, or standard output.
final class LogFile {
    /// Null for standard output, which is neither reopened nor closed.
    private final @Nullable Path path;
    private @Nullable FileChannel channel;
    private @Nullable Object key;

    LogFile(String path) {
        this.path = path.equals("-") ? null : Path.of(path);
    }

    boolean isOpen() { return channel != null; }

    /// Whether the path no longer names the open file.
    boolean isMoved() throws IOException {
        if (path == null || channel == null) {
            return false;
        }
        try {
            return !Objects.equals(key, key(path));
        } catch (NoSuchFileException _) {
            return true;
        }
    }

    /// Opens or reopens the file. When that fails, no file is open.
    @SuppressWarnings("resource") // standard output stays open for others
    void open() throws IOException {
        if (path == null) {
            if (channel == null) {
                channel = new FileOutputStream(FileDescriptor.out).getChannel();
            }
            return;
        }
        close();
        channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        key = key(path);
    }

    /// Writes at least one byte.
    int write(ByteBuffer bytes) throws IOException {
        if (channel == null) {
            throw new IOException("not open");
        }
        return channel.write(bytes);
    }

    void close() throws IOException {
        FileChannel old = channel;
        if (old != null && path != null) {
            channel = null;
            old.close();
        }
    }

    /// The inode, where the file system has one.
    private static @Nullable Object key(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }
}
