package io.jigress.waf;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

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
