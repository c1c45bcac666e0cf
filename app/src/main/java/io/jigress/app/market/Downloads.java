package io.jigress.app.market;

import io.jigress.app.market.PluginEntry.Artifact;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.control.kinds.PullSecret;
import io.jigress.plugins.load.CodeFault;
import io.jigress.plugins.load.CodeKind;
import io.jigress.plugins.load.CodeLoader;
import io.jigress.plugins.load.CodeReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Fetches indexes, and the code that they name: files, documents of servers, and images of registries. Slow; for several threads.
public final class Downloads {
    /// Without logins to registries.
    public static final Downloads ANONYMOUS = new Downloads(null, CodeLoader.ANSWER);

    private final @Nullable Path logins;
    private final Duration answer;

    /// @param logins the file with the logins to registries; null for none
    /// @param answer how long a whole answer of a server may take
    Downloads(@Nullable Path logins, Duration answer) {
        this.logins = logins;
        this.answer = answer;
    }

    /// @param folder the base of relative paths in the settings
    public static Downloads of(Settings settings, Path folder) {
        String file = settings.value(KnownSettings.PLUGINS_REGISTRY_CONFIG);
        return file.isEmpty() ? ANONYMOUS : new Downloads(folder.resolve(file), CodeLoader.ANSWER);
    }

    /// @param sha256 that the index must have, for an image its manifest; null for any
    /// @throws IOException with a message that continues a sentence whose subject is the URL: `has 70000000 bytes (expected: …)`
    byte[] index(String url, @Nullable String sha256) throws IOException {
        return get(CodeKind.INDEX, url, sha256);
    }

    /// The code of a plugin.
    ///
    /// @throws IOException with a message for people
    public byte[] module(PluginEntry.Kind kind, Artifact module) throws IOException {
        CodeKind code = switch (kind) {
            case JAR -> CodeKind.JAR;
            case LUA -> CodeKind.LUA;
            case BUILTIN, PROCESS, WASM -> CodeKind.WASM;
        };
        try {
            return get(code, module.url(), module.sha256().isEmpty() ? null : module.sha256());
        } catch (IOException e) {
            throw new IOException(module.url() + " " + e.getMessage(), e);
        }
    }

    private byte[] get(CodeKind kind, String url, @Nullable String sha256) throws IOException {
        if (!url.matches("(?:file|https?|oci):.*")) {
            throw new IOException("cannot be fetched (expected: file:///…, http://…, https://… or oci://…)");
        }
        PullSecret.Login login = url.startsWith("oci:") ? login(url) : null;
        try {
            return new CodeLoader(kind, null, answer).load(new CodeReference(url, sha256, login == null ? null : login.user(),
                    login == null ? null : login.password(), null));
        } catch (CodeFault e) {
            throw new IOException(e.what(), e);
        }
    }

    private PullSecret.@Nullable Login login(String image) throws IOException {
        if (logins == null) {
            return null;
        }
        try {
            return PullSecret.login(Files.readString(logins), image);
        } catch (IOException e) {
            throw new IOException("cannot be pulled: the file of the setting " + KnownSettings.PLUGINS_REGISTRY_CONFIG.name()
                    + " cannot be read: " + e, e);
        }
    }
}
