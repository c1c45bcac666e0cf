package io.jigress.plugins.wasm.vm;

import io.jigress.plugins.load.CodeFault;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
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

/// Compiled modules, by the digest of their module: the last ones in memory, and their bytecode in a folder. For several threads.
/// What is in memory does not wait for what is compiled.
///
/// The files are code that the gateway executes, so the folder belongs to the gateway alone.
public final class BytecodeCache implements AutoCloseable {
    /// How long one compilation may take.
    public static final Duration COMPILE_TIMEOUT = Duration.ofMinutes(15);
    private static final Logger LOG = LoggerFactory.getLogger(BytecodeCache.class);
    /// Changes with the compiler, the [Accelerator] and the [Skeleton]: bytecode of another one is not used.
    private static final String SUFFIX = ".endive-1.0.0-3";
    private static final int MODULES = 32;

    private final @Nullable Path folder;
    private final long folderBytes;
    private final AtomicInteger compiled = new AtomicInteger();
    private final ModuleCompiler compiler;
    /// Held while one module is loaded that is not in memory.
    private final ReentrantLock loading = new ReentrantLock();
    /// Guarded by itself.
    private final Map<String, WasmCode> modules = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, WasmCode> eldest) {
            return size() > MODULES;
        }
    };

    /// @param folder for bytecode, made when it is missing; null for none
    /// @param folderBytes how much it may hold
    public BytecodeCache(@Nullable Path folder, long folderBytes, CompilerJvm jvm) {
        this.folder = folder;
        this.folderBytes = folderBytes;
        this.compiler = new ModuleCompiler(jvm);
    }

    /// Gives the code of a module, compiled if need be. One module is compiled at a time.
    ///
    /// @param digest SHA-256 of the bytes, in hexadecimal
    public WasmCode load(byte[] bytes, String digest) throws CodeFault {
        WasmCode known = known(digest);
        if (known != null) {
            return known;
        }
        loading.lock();
        try {
            known = known(digest);
            if (known == null) {
                known = WasmCode.of(bytecode(bytes, digest), digest);
                synchronized (modules) {
                    modules.put(digest, known);
                }
            }
            return known;
        } finally {
            loading.unlock();
        }
    }

    private @Nullable WasmCode known(String digest) {
        synchronized (modules) {
            return modules.get(digest);
        }
    }

    private Bytecode bytecode(byte[] bytes, String digest) throws CodeFault {
        Bytecode stored = stored(digest);
        if (stored != null) {
            return stored;
        }
        compiled.incrementAndGet();
        Bytecode made = compiler.compile(bytes);
        store(digest, made);
        return made;
    }

    /// How many modules were compiled, and not found in memory or in the folder.
    public int compiled() {
        return compiled.get();
    }

    private @Nullable Bytecode stored(String digest) {
        if (folder == null) {
            return null;
        }
        Path file = folder.resolve(digest + SUFFIX);
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            Bytecode stored = Bytecode.read(in);
            Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis()));
            return stored;
        } catch (NoSuchFileException _) {
            return null;
        } catch (IOException e) {
            LOG.warn("bytecode of a Wasm module cannot be read, the module is compiled again: {}", e.toString());
            return null;
        }
    }

    private void store(String digest, Bytecode bytecode) {
        if (folder == null || bytecode.bytes() > folderBytes) {
            return;
        }
        try {
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(folder,
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            makeRoom(folder, folderBytes - bytecode.bytes());
            Path written = Files.createTempFile(folder, "new", ".tmp");
            try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(written)))) {
                bytecode.write(out);
            }
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

    /// Ends a compilation that runs.
    @Override
    public void close() {
        compiler.close();
    }
}
