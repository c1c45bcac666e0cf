package io.jigress.plugins.wasm.vm;

import io.jigress.plugins.load.CodeFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import run.endive.compiler.Cache;

/// Compiled modules, by the digest of their module: the last ones in memory, and their bytecode in a folder. For several threads.
///
/// The files are code that the gateway executes, so the folder belongs to the gateway alone.
public final class BytecodeCache {
    private static final Logger LOG = LoggerFactory.getLogger(BytecodeCache.class);
    /// Changes with the compiler: bytecode of another one is not used.
    private static final String SUFFIX = ".endive-1.0.0";
    private static final int MODULES = 32;

    private final @Nullable Path folder;
    private final long folderBytes;
    private final AtomicInteger compiled = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, WasmCode> modules = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, WasmCode> eldest) {
            return size() > MODULES;
        }
    };

    /// @param folder for bytecode, made when it is missing; null for none
    /// @param folderBytes how much it may hold
    public BytecodeCache(@Nullable Path folder, long folderBytes) {
        this.folder = folder;
        this.folderBytes = folderBytes;
    }

    /// Gives the code of a module, compiled if need be. One module is compiled at a time.
    ///
    /// @param digest SHA-256 of the bytes, in hexadecimal
    public WasmCode load(byte[] bytes, String digest) throws CodeFault {
        lock.lock();
        try {
            WasmCode known = modules.get(digest);
            if (known == null) {
                known = WasmCode.compile(bytes, digest, this);
                modules.put(digest, known);
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    /// How many modules were compiled, and not found in memory or in the folder.
    public int compiled() {
        return compiled.get();
    }

    /// The place of one module's bytecode.
    Cache entry(String digest) {
        return new Cache() {
            @Override
            public byte @Nullable [] get(String key) {
                byte[] stored = stored(digest);
                if (stored == null) {
                    compiled.incrementAndGet();
                }
                return stored;
            }

            @Override
            public void putIfAbsent(String key, byte[] bytecode) {
                store(digest, bytecode);
            }
        };
    }

    private byte @Nullable [] stored(String digest) {
        if (folder == null) {
            return null;
        }
        Path file = folder.resolve(digest + SUFFIX);
        try {
            byte[] bytes = Files.readAllBytes(file);
            Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis()));
            return bytes;
        } catch (NoSuchFileException _) {
            return null;
        } catch (IOException e) {
            LOG.warn("bytecode of a Wasm module cannot be read, the module is compiled again: {}", e.toString());
            return null;
        }
    }

    private void store(String digest, byte[] bytecode) {
        if (folder == null || bytecode.length > folderBytes) {
            return;
        }
        try {
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(folder,
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            makeRoom(folder, folderBytes - bytecode.length);
            Path written = Files.createTempFile(folder, "new", ".tmp");
            Files.write(written, bytecode);
            move(written, folder.resolve(digest + SUFFIX));
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("bytecode of a Wasm module cannot be stored in {}: {}", folder, e.toString());
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException _) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /// Deletes the files that were not used for the longest time.
    private static void makeRoom(Path folder, long allowed) throws IOException {
        record Stored(Path file, long bytes, FileTime used) {}
        List<Stored> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(Files::isRegularFile).map(file -> {
                try {
                    return new Stored(file, Files.size(file), Files.getLastModifiedTime(file));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }).sorted(Comparator.comparing(Stored::used)).toList();
        }
        long bytes = files.stream().mapToLong(Stored::bytes).sum();
        for (Stored file : files) {
            if (bytes <= allowed) {
                return;
            }
            Files.deleteIfExists(file.file());
            bytes -= file.bytes();
        }
    }
}
