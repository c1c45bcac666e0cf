package io.jigress.sources.nacos;

import io.jigress.sources.manifest.Manifest;
import io.jigress.sources.manifest.ManifestLocator;
import io.jigress.sources.manifest.ManifestReader;
import io.jigress.sources.manifest.SecretCipher;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Reads the objects of a data id, and keeps the texts for the line numbers of messages. For one thread, except [#texts].
final class DataIdReader {
    private final String prefix;
    private final long maxBytes;
    private final SecretCipher cipher;
    private final HigressCipher higress;
    /// By data id.
    private final Map<String, byte[]> texts = new ConcurrentHashMap<>();

    /// @param prefix of the places of data ids
    /// @param maxBytes longer data ids are not read
    DataIdReader(String prefix, long maxBytes, SecretCipher cipher, HigressCipher higress) {
        this.prefix = prefix;
        this.maxBytes = maxBytes;
        this.cipher = cipher;
        this.higress = higress;
    }

    /// @param encrypted whether the text may be encrypted as a whole, as Higress does it
    Manifest read(String dataId, String text, boolean encrypted) {
        String plain = encrypted && HigressCipher.isEncrypted(text) ? higress.decrypted(text) : text;
        if (plain == null) {
            return refused(dataId, higress.hasKey()
                    ? "cannot be decrypted by the key of the setting nacos.higress.key"
                    : "is encrypted, and there is no key",
                    "the data key of Higress, in the file of the setting nacos.higress.key");
        }
        byte[] bytes = plain.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > maxBytes) {
            return refused(dataId, "is " + bytes.length + " bytes large", "at most " + maxBytes + "; several smaller data ids");
        }
        texts.put(dataId, bytes);
        return ManifestReader.read(prefix + dataId, bytes, cipher);
    }

    private Manifest refused(String dataId, String what, String expected) {
        return new Manifest(List.of(), List.of(GroupProblems.error(prefix + dataId, what, expected)), false);
    }

    void forget(String dataId) {
        texts.remove(dataId);
    }

    /// The texts as they were read, without the prefix of their places. For any thread.
    ManifestLocator.Texts texts() {
        return new ManifestLocator.Texts() {
            @Override
            public @Nullable Object version(String source) {
                return texts.get(source);
            }

            @Override
            public byte[] read(String source) {
                return texts.getOrDefault(source, new byte[0]);
            }
        };
    }
}
