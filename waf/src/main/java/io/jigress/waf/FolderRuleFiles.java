package io.jigress.waf;

import io.jigress.waf.geo.GeoDatabase;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Rule files below a folder. Paths outside of it are not read.
public final class FolderRuleFiles implements RuleFiles {
    /// A larger file is not read.
    static final long MAX_FILE_BYTES = 16L * 1024 * 1024;
    /// Files that one pattern may match.
    static final int MAX_FILES = 1000;

    private final Path root;

    public FolderRuleFiles(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    @Override
    public Optional<byte[]> read(String path) {
        Path file = root.resolve(path).normalize();
        if (!file.startsWith(root)) {
            return Optional.empty();
        }
        try {
            return Files.size(file) > MAX_FILE_BYTES ? Optional.empty() : Optional.of(Files.readAllBytes(file));
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /// @param file the inode, which differs when the file was replaced, even with the same size and time
    private record Stamp(long size, FileTime modified, Object file, boolean readable) {
    }

    @Override
    public Object stamp(String path) {
        Path file = root.resolve(path).normalize();
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            Object key = attributes.fileKey();
            return attributes.isRegularFile() && file.startsWith(root)
                    ? new Stamp(attributes.size(), attributes.lastModifiedTime(), key == null ? "" : key,
                            Files.isReadable(file))
                    : "";
        } catch (IOException _) {
            return "";
        }
    }

    @Override
    public @Nullable GeoDatabase places(String path) throws IOException {
        Path file = root.resolve(path).normalize();
        return file.startsWith(root) && Files.isRegularFile(file) ? GeoDatabase.read(file) : null;
    }

    @Override
    public List<String> list(String pattern) {
        if (pattern.indexOf('*') < 0) {
            return List.of(pattern);
        }
        int slash = pattern.lastIndexOf('/');
        Path folder = root.resolve(slash < 0 ? "" : pattern.substring(0, slash)).normalize();
        if (!folder.startsWith(root) || pattern.substring(0, Math.max(slash, 0)).indexOf('*') >= 0) {
            return List.of();
        }
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, pattern.substring(slash + 1))) {
            for (Path file : files) {
                if (found.size() == MAX_FILES) {
                    return List.of();
                }
                found.add(root.relativize(file).toString().replace('\\', '/'));
            }
        } catch (IOException _) {
            return List.of();
        }
        Collections.sort(found);
        return found;
    }
}
