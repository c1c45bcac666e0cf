package io.jigress.app.sources;

import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.sources.manifest.SecretCipher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the keys that encrypt Secrets in a store.
public final class SecretKeys {
    private static final String VARIABLE = "env:";
    private static final String EXPECTED = " (expected: lines NAME=KEY, the key being " + SecretCipher.KEY_BYTES
            + " random bytes in base64, as openssl rand -base64 " + SecretCipher.KEY_BYTES + " prints them)";

    private SecretKeys() {}

    /// @param environment the variables of the environment
    public static SecretCipher read(Settings settings, Path folder, Map<String, String> environment) throws CannotStart {
        String named = settings.value(KnownSettings.NACOS_SECRETS_KEYS);
        if (named.isEmpty()) {
            return SecretCipher.NONE;
        }
        if (named.startsWith(VARIABLE)) {
            String text = environment.get(named.substring(VARIABLE.length()));
            if (text == null) {
                throw new CannotStart("nacos.secrets.keys: there is no variable " + named.substring(VARIABLE.length()));
            }
            // A variable has one line.
            return parse(text.replace(',', '\n'), "the variable " + named.substring(VARIABLE.length()));
        }
        Path file = folder.resolve(named);
        try {
            return parse(Files.readString(file), file.toString());
        } catch (IOException e) {
            throw new CannotStart("nacos.secrets.keys: " + file + " cannot be read: " + e);
        }
    }

    /// Messages name lines, never their text.
    private static SecretCipher parse(String text, String where) throws CannotStart {
        Map<String, byte[]> keys = new LinkedHashMap<>();
        int number = 0;
        for (String line : text.lines().map(String::strip).toList()) {
            number++;
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            int equals = line.indexOf('=');
            String name = equals < 0 ? "" : line.substring(0, equals).strip();
            byte[] key = equals < 0 ? null : decoded(line.substring(equals + 1).strip());
            if (!name.matches("[A-Za-z0-9._-]{1,64}") || key == null || keys.putIfAbsent(name, key) != null) {
                throw new CannotStart("nacos.secrets.keys: " + where + ": line " + number
                        + " is not a key, or its name is there twice" + EXPECTED);
            }
        }
        if (keys.isEmpty()) {
            throw new CannotStart("nacos.secrets.keys: " + where + " has no key" + EXPECTED);
        }
        return SecretCipher.of(keys);
    }

    private static byte @Nullable [] decoded(String base64) {
        try {
            byte[] key = Base64.getDecoder().decode(base64);
            return key.length == SecretCipher.KEY_BYTES ? key : null;
        } catch (IllegalArgumentException _) {
            return null;
        }
    }
}
