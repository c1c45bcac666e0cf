package io.jigress.plugins.wasm.load;

import io.jigress.plugins.wasm.vm.BytecodeCache;
import io.jigress.plugins.wasm.vm.ModuleFault;
import io.jigress.plugins.wasm.vm.WasmCode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Fetches modules, checks them, and gives their code. Slow; for several threads.
public final class ModuleLoader {
    /// The longest module.
    static final int MAX_BYTES = 64 * 1024 * 1024;

    private final BytecodeCache cache;
    private final Fetcher fetcher = new Fetcher();

    public ModuleLoader(BytecodeCache cache) {
        this.cache = cache;
    }

    public WasmCode load(ModuleReference reference) throws ModuleFault {
        byte[] bytes = fetch(reference);
        return cache.load(bytes, sha256(bytes));
    }

    private byte[] fetch(ModuleReference reference) throws ModuleFault {
        String url = reference.url();
        if (url.startsWith("oci://")) {
            return new Registry(fetcher, ImageReference.of(url), reference).module(reference.sha256(), reference.cosignKey());
        }
        byte[] bytes = url.startsWith("file:") ? file(url) : http(reference);
        String digest = sha256(bytes);
        if (reference.sha256() != null && !reference.sha256().equals(digest)) {
            throw new ModuleFault("has the SHA-256 " + digest + " (expected: " + reference.sha256() + ")");
        }
        return bytes;
    }

    private byte[] http(ModuleReference reference) throws ModuleFault {
        String user = reference.user();
        String password = reference.password();
        Fetcher.Answer answer = fetcher.get(reference.url(), "application/wasm, */*",
                user == null || password == null ? null : Fetcher.basic(user, password), MAX_BYTES);
        if (answer.status() != 200) {
            throw new ModuleFault("cannot be fetched: the server answered " + answer.status());
        }
        return answer.body();
    }

    private static byte[] file(String url) throws ModuleFault {
        try {
            Path file = Path.of(URI.create(url));
            if (Files.size(file) > MAX_BYTES) {
                throw tooLong(Files.size(file));
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException _) {
            throw new ModuleFault("does not exist");
        } catch (IOException | IllegalArgumentException e) {
            throw new ModuleFault("cannot be read: " + e);
        }
    }

    static ModuleFault tooLong(long bytes) {
        return new ModuleFault("has " + bytes + " bytes (expected: at most " + MAX_BYTES + ")");
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
