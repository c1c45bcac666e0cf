package io.jigress.sources.folder;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Scans and watches a folder. A directory is watched before it is listed, so that no change is missed.
/// For one thread.
final class FolderWatch implements AutoCloseable {
    private static final int DEPTH_LIMIT = 64;

    /// The expectation in problems of files that cannot be read; see [#why].
    static final String READABLE = "a file or folder that can be read";

    private static final Logger log = LoggerFactory.getLogger(FolderWatch.class);

    /// @param touched manifests that were written, created or deleted
    /// @param rescan whether something else happened that requires a scan of the folder
    record Heard(Set<Path> touched, boolean rescan) {}

    /// @param files manifests by their name relative to the folder
    /// @param failures why files and folders could not be read, by name
    record Seen(Map<String, FileStamp> files, Map<String, String> failures) {}

    private final Path root;
    /// Null when the system has no more watches.
    private final @Nullable WatchService service;
    /// By directory, the names by which it is reached, which may be several.
    private final Map<WatchKey, Set<Path>> watched = new HashMap<>();
    private @Nullable String unwatched;

    FolderWatch(Path root) {
        this.root = root;
        WatchService opened = null;
        try {
            opened = root.getFileSystem().newWatchService();
        } catch (IOException e) {
            log.warn("changes in {} are noticed late: {}", root, e.getMessage());
        }
        service = opened;
    }

    /// Why changes of some directories are not noticed at once; null when all are watched.
    @Nullable String unwatched() {
        return unwatched;
    }

    String source(Path file) {
        return root.relativize(file).toString().replace('\\', '/');
    }

    /// Waits for events. A wait of 0 returns only those that have occurred.
    Heard await(long nanos) throws InterruptedException {
        if (service == null) {
            TimeUnit.NANOSECONDS.sleep(nanos);
            return new Heard(Set.of(), false);
        }
        Set<Path> touched = new LinkedHashSet<>();
        boolean rescan = false;
        for (WatchKey key = service.poll(nanos, TimeUnit.NANOSECONDS); key != null; key = service.poll()) {
            for (WatchEvent<?> event : key.pollEvents()) {
                rescan |= !(event.context() instanceof Path name) || heard(key, name, touched);
            }
            if (!key.reset()) {
                watched.remove(key);
                rescan = true;
            }
        }
        return new Heard(touched, rescan);
    }

    /// Whether the folder must be scanned.
    private boolean heard(WatchKey key, Path name, Set<Path> touched) {
        boolean rescan = false;
        for (Path directory : watched.getOrDefault(key, Set.of())) {
            Path path = directory.resolve(name);
            if (!path.startsWith(root) || path.equals(root)) {
                rescan |= path.equals(root);
                continue;
            }
            switch (ManifestNames.sort(name.toString())) {
                case MANIFEST -> touched.add(path);
                case SWAP -> rescan = true;
                case OTHER -> rescan |= Files.isDirectory(path) || isWatched(path);
                case IGNORED -> {}
            }
        }
        return rescan;
    }

    private boolean isWatched(Path directory) {
        return watched.values().stream().anyMatch(names -> names.contains(directory));
    }

    /// Lists all manifests and watches all directories, including new ones. The folder itself is also watched from its parent, to notice when it
    /// is created again.
    Seen look() {
        Map<String, FileStamp> files = new TreeMap<>();
        Map<String, String> failures = new TreeMap<>();
        unwatched = service == null ? "changes are noticed late: the system provides no file watch" : null;
        Path parent = root.getParent();
        if (parent != null && Files.isDirectory(parent)) {
            register(parent);
        }
        try {
            Files.walkFileTree(root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), DEPTH_LIMIT, visitor(files, failures));
        } catch (IOException e) {
            failures.put("", why(e));
        }
        return new Seen(files, failures);
    }

    /// Why a file or folder cannot be read, as readable text.
    static String why(IOException e) {
        return switch (e) {
            case AccessDeniedException _ -> "may not be read by the user of this process";
            case FileSystemLoopException _ -> "is a link to a folder above it, and is not followed";
            default -> "cannot be read: " + e;
        };
    }

    /// Never throws.
    private SimpleFileVisitor<Path> visitor(Map<String, FileStamp> files, Map<String, String> failures) {
        return new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                if (!directory.equals(root) && directory.getFileName().toString().startsWith(".")) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                register(directory);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (ManifestNames.sort(file.getFileName().toString()) == ManifestNames.Sort.MANIFEST) {
                    if (attributes.isRegularFile()) {
                        files.put(source(file), FileStamp.of(attributes));
                    } else if (attributes.isSymbolicLink()) {
                        failures.put(source(file), "is a symbolic link without a target");
                    }
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                boolean ours = Files.isDirectory(file)
                        || ManifestNames.sort(file.getFileName().toString()) == ManifestNames.Sort.MANIFEST;
                if (!(e instanceof NoSuchFileException) && ours) {
                    failures.put(source(file), why(e));
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) {
                if (e != null) {
                    failures.put(source(directory), why(e));
                }
                return FileVisitResult.CONTINUE;
            }
        };
    }

    private void register(Path directory) {
        if (service == null) {
            return;
        }
        try {
            WatchKey key = directory.register(service, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE);
            watched.computeIfAbsent(key, _ -> new LinkedHashSet<>()).add(directory);
        } catch (NoSuchFileException _) {
            // It was removed again, which the watch of its parent reports.
        } catch (IOException e) {
            unwatched = "changes in " + directory + " are noticed late: " + e.getMessage();
        }
    }

    @Override
    public void close() {
        try {
            if (service != null) {
                service.close();
            }
        } catch (IOException e) {
            log.warn("the watch of {} cannot be closed", root, e);
        }
    }
}
