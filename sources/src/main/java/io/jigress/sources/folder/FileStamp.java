package io.jigress.sources.folder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/// Distinguishes versions of a file without reading it.
///
/// @param file the inode, which differs when the file was replaced, even with the same size and time
record FileStamp(long size, FileTime modified, Object file) {
    /// Not equal to the stamp of any file.
    static final FileStamp NEVER = new FileStamp(-1, FileTime.fromMillis(0), "");

    static FileStamp of(BasicFileAttributes attributes) {
        Object key = attributes.fileKey();
        return new FileStamp(attributes.size(), attributes.lastModifiedTime(), key == null ? "" : key);
    }

    /// Null when there is no such file. Follows links.
    static @Nullable FileStamp of(Path path) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return attributes.isRegularFile() ? of(attributes) : null;
        } catch (IOException _) {
            return null;
        }
    }
}
