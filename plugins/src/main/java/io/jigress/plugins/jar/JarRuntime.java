package io.jigress.plugins.jar;

import io.jigress.api.FilterFactory;
import io.jigress.plugins.load.CodeFault;
import io.jigress.plugins.load.CodeKind;
import io.jigress.plugins.load.CodeLoader;
import io.jigress.plugins.load.CodeReference;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What all plugins in Java run with: where their code comes from, and who watches them. For several threads.
public final class JarRuntime {
    private static final Logger LOG = LoggerFactory.getLogger(JarRuntime.class);
    private static final String PREFIX = "jars-";
    /// The most jars of one folder.
    private static final int MAX_JARS = 200;

    private final CodeLoader loader;
    private final boolean maven;
    private final Path base;
    private final HoldWatchdog watchdog = new HoldWatchdog();
    private final ClassLoader gateway = FilterFactory.class.getClassLoader();
    private final List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    private @Nullable Path folder;

    /// @param base where copies of jars are kept while they are in use
    /// @param mavenRepository the URL under which artifacts are; null for none
    public JarRuntime(Path base, @Nullable String mavenRepository) {
        this.base = base;
        this.loader = new CodeLoader(CodeKind.JAR, mavenRepository);
        this.maven = mavenRepository != null;
    }

    boolean hasMavenRepository() {
        return maven;
    }

    HoldWatchdog watchdog() {
        return watchdog;
    }

    /// Loads what plugins share with the gateway.
    ClassLoader gateway() {
        return gateway;
    }

    /// A class loader was made.
    void made(ClassLoader loader) {
        synchronized (loaders) {
            loaders.removeIf(each -> each.refersTo(null));
            loaders.add(new WeakReference<>(loader));
        }
    }

    /// How many class loaders of plugins are in memory, with those that were closed and not collected yet.
    public int loaders() {
        synchronized (loaders) {
            loaders.removeIf(each -> each.refersTo(null));
            return loaders.size();
        }
    }

    /// Fetches the jars of a plugin, and copies them: a file that is replaced in place must not change under a class loader.
    List<Path> fetch(CodeReference code) throws CodeFault {
        List<byte[]> jars = new ArrayList<>();
        Path source = code.url().regionMatches(true, 0, "file:", 0, 5) ? CodeLoader.path(code.url()) : null;
        if (source != null && Files.isDirectory(source)) {
            if (code.sha256() != null) {
                throw new CodeFault("is a folder, and so has no SHA-256 (expected: a file, or no sha256)");
            }
            for (Path jar : jarsOf(source)) {
                jars.add(loader.file(jar));
            }
        } else {
            jars.add(loader.load(code));
        }
        List<Path> copies = new ArrayList<>();
        try {
            for (byte[] jar : jars) {
                copies.add(Files.write(nextFile(), jar));
            }
        } catch (IOException e) {
            delete(copies);
            throw new CodeFault("cannot be copied: " + e);
        }
        return copies;
    }

    private static List<Path> jarsOf(Path source) throws CodeFault {
        try (Stream<Path> all = Files.list(source)) {
            List<Path> jars = all.filter(file -> file.toString().endsWith(".jar")).sorted().limit(MAX_JARS + 1).toList();
            if (jars.isEmpty() || jars.size() > MAX_JARS) {
                throw new CodeFault("has " + (jars.isEmpty() ? "no jar" : "more than " + MAX_JARS + " jars") + " (expected: 1 to "
                        + MAX_JARS + ")");
            }
            return jars;
        } catch (IOException e) {
            throw new CodeFault("cannot be read: " + e);
        }
    }

    private synchronized Path nextFile() throws IOException {
        Path now = folder;
        if (now == null) {
            Files.createDirectories(base);
            deleteLeftovers();
            now = Files.createDirectories(base.resolve(PREFIX + ProcessHandle.current().pid()));
            folder = now;
        }
        return Files.createTempFile(now, "plugin", ".jar");
    }

    /// Deletes what processes left that were killed.
    private void deleteLeftovers() throws IOException {
        try (Stream<Path> all = Files.list(base)) {
            for (Path old : all.toList()) {
                String name = old.getFileName().toString();
                if (name.matches(PREFIX + "[0-9]{1,18}")
                        && ProcessHandle.of(Long.parseLong(name.substring(PREFIX.length()))).isEmpty()) {
                    try (Stream<Path> jars = Files.list(old)) {
                        delete(jars.toList());
                    }
                    Files.deleteIfExists(old);
                }
            }
        }
    }

    static void delete(List<Path> files) {
        for (Path file : files) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                LOG.warn("{} cannot be deleted: {}", file, e.toString());
            }
        }
    }
}
