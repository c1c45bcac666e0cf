package io.jigress.app.push;

import io.jigress.sources.folder.FolderSource;
import io.jigress.sources.manifest.ManifestSealer;
import io.jigress.sources.manifest.SecretCipher;
import io.jigress.sources.nacos.NacosIndex;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// The files of a folder as data ids: `shop/routes.yaml` is `shop:routes.yaml`, since a data id cannot contain a slash.
final class FolderTexts {
    /// A file that cannot be a data id.
    static final class CannotPush extends Exception {
        private static final long serialVersionUID = 1;

        CannotPush(String what) {
            super(what);
        }
    }

    private FolderTexts() {}

    /// The texts by data id, in the order of the data ids.
    ///
    /// @param plainSecrets how many Secrets are in plain text
    record Texts(Map<String, String> byDataId, int plainSecrets) {}

    /// @param cipher encrypts Secrets if it has keys
    static Texts read(Path folder, SecretCipher cipher) throws IOException, CannotPush {
        Map<String, String> texts = new TreeMap<>();
        int plain = 0;
        for (Path file : FolderSource.files(folder)) {
            String relative = folder.relativize(file).toString().replace('\\', '/');
            String dataId = relative.replace('/', ':');
            if (!NacosIndex.isDataId(dataId)) {
                throw new CannotPush("the file " + relative
                        + " has a name that no data id can have (expected: letters, digits and . : _ -, at most 256)");
            }
            String text;
            try {
                text = Files.readString(file);
            } catch (MalformedInputException _) {
                throw new CannotPush("the file " + relative + " is not UTF-8");
            }
            if (text.isBlank()) {
                continue;
            }
            ManifestSealer.Sealed sealed;
            try {
                sealed = ManifestSealer.seal(relative, text, cipher);
            } catch (ManifestSealer.Unreadable e) {
                throw new CannotPush("the file " + relative + " cannot be read, so that Secrets in it cannot be encrypted: "
                        + e.getMessage());
            }
            plain += cipher.hasKeys() ? 0 : sealed.secrets();
            if (texts.putIfAbsent(dataId, sealed.text()) != null) {
                throw new CannotPush("two files would be the data id " + dataId + " (expected: other names)");
            }
        }
        return new Texts(texts, plain);
    }

}
