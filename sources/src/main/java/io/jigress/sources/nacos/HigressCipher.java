package io.jigress.sources.nacos;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Decrypts what Higress has encrypted with its data key: `enc|` and base64 of AES-CBC, whose initialization vector is the beginning of the key.
public final class HigressCipher {
    /// Without a key.
    public static final HigressCipher NONE = new HigressCipher(new byte[0]);

    private static final String MARK = "enc|";
    private static final int BLOCK = 16;

    private final byte[] key;

    private HigressCipher(byte[] key) {
        this.key = key;
    }

    /// Null when the key has not the length of a key: 16, 24 or 32 bytes.
    public static @Nullable HigressCipher of(String key) {
        byte[] bytes = key.getBytes(UTF_8);
        return bytes.length == 16 || bytes.length == 24 || bytes.length == 32 ? new HigressCipher(bytes) : null;
    }

    boolean hasKey() {
        return key.length > 0;
    }

    static boolean isEncrypted(String text) {
        return text.startsWith(MARK);
    }

    /// Null when it cannot be decrypted.
    @Nullable String decrypted(String text) {
        if (!hasKey()) {
            return null;
        }
        try {
            Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
            cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(Arrays.copyOf(key, BLOCK)));
            return new String(cipher.doFinal(Base64.getUrlDecoder().decode(text.substring(MARK.length()).strip())), UTF_8);
        } catch (GeneralSecurityException | IllegalArgumentException _) {
            return null;
        }
    }
}
