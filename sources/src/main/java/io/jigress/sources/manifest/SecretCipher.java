package io.jigress.sources.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jigress.api.Json;
import io.jigress.control.JsonParser;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Encrypts the values of Secrets for a store, with AES-256-GCM: `data` and `stringData` are replaced by `encrypted: {key: NAME, value: BASE64}`.
///
/// The first of several keys encrypts, each decrypts what it has encrypted. The namespace and the name are authenticated, so that a value cannot be moved to
/// another Secret. The nonce is derived from the Secret and the key: a Secret that did not change has the same text again.
public final class SecretCipher {
    /// Has no keys: encrypts nothing and decrypts nothing.
    public static final SecretCipher NONE = new SecretCipher(Map.of());
    /// The length of a key.
    public static final int KEY_BYTES = 32;

    private static final String FIELD = "encrypted";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final Map<String, byte[]> keys;

    /// The result of decrypting a Secret.
    public sealed interface Opened {
        record Open(Json.Obj secret) implements Opened {}

        record Closed(String why, String expected) implements Opened {}
    }

    private SecretCipher(Map<String, byte[]> keys) {
        this.keys = keys;
    }

    /// @param keys of [#KEY_BYTES] bytes each, by name; the first encrypts
    public static SecretCipher of(Map<String, byte[]> keys) {
        Map<String, byte[]> copies = new LinkedHashMap<>();
        keys.forEach((name, key) -> {
            if (key.length != KEY_BYTES) {
                throw new IllegalArgumentException("key length: " + key.length + " (expected: " + KEY_BYTES + ")");
            }
            copies.put(name, key.clone());
        });
        return new SecretCipher(copies);
    }

    public boolean hasKeys() {
        return !keys.isEmpty();
    }

    static boolean isEncrypted(Json.Obj secret) {
        return secret.members().containsKey(FIELD);
    }

    /// Whether the object is a Secret with values in plain text.
    static boolean isPlain(Json.Obj object) {
        return Json.of("Secret").equals(object.members().get("kind")) && Json.of("v1").equals(object.members().get("apiVersion"))
                && (object.members().containsKey("data") || object.members().containsKey("stringData"));
    }

    /// The Secret with its values encrypted by the first key.
    Json.Obj seal(Json.Obj secret) {
        Map.Entry<String, byte[]> key = keys.entrySet().iterator().next();
        Map<String, Json> members = new LinkedHashMap<>(secret.members());
        Json.Builder values = Json.object();
        for (String field : new String[] {"data", "stringData"}) {
            Json value = members.remove(field);
            if (value != null) {
                values.put(field, value);
            }
        }
        byte[] plain = values.build().toString().getBytes(UTF_8);
        byte[] name = nameOf(secret);
        try {
            byte[] nonce = nonce(key.getValue(), name, plain);
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key.getValue(), nonce, name).doFinal(plain);
            ByteArrayOutputStream value = new ByteArrayOutputStream();
            value.writeBytes(nonce);
            value.writeBytes(sealed);
            members.put(FIELD, Json.object().put("key", key.getKey())
                    .put("value", Base64.getEncoder().encodeToString(value.toByteArray())).build());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a Secret cannot be encrypted", e);
        }
        return new Json.Obj(members);
    }

    /// The Secret with its values in plain text.
    Opened open(Json.Obj secret) {
        Json.Obj encrypted = secret.members().get(FIELD) instanceof Json.Obj object ? object : Json.Obj.EMPTY;
        if (!(encrypted.members().get("key") instanceof Json.Str(String name))
                || !(encrypted.members().get("value") instanceof Json.Str(String value))) {
            return new Opened.Closed("has a field \"" + FIELD + "\" without key and value",
                    "the object as jigress push writes it");
        }
        byte[] key = keys.get(name);
        if (key == null) {
            return new Opened.Closed("is encrypted by the key \"" + name + "\", which is not known",
                    "this key among those of the setting nacos.secrets.keys"
                            + (keys.isEmpty() ? "" : ", which has " + String.join(", ", keys.keySet())));
        }
        Json.Obj plain = decrypted(key, value, nameOf(secret));
        if (plain == null) {
            return new Opened.Closed("cannot be decrypted by the key \"" + name + "\"",
                    "a value that was encrypted by this key, for this name and namespace");
        }
        Map<String, Json> members = new LinkedHashMap<>(secret.members());
        members.remove(FIELD);
        members.putAll(plain.members());
        return new Opened.Open(new Json.Obj(members));
    }

    private static Json.@Nullable Obj decrypted(byte[] key, String value, byte[] name) {
        try {
            byte[] bytes = Base64.getDecoder().decode(value);
            if (bytes.length <= NONCE_BYTES) {
                return null;
            }
            byte[] plain = cipher(Cipher.DECRYPT_MODE, key, Arrays.copyOf(bytes, NONCE_BYTES), name).doFinal(bytes, NONCE_BYTES,
                    bytes.length - NONCE_BYTES);
            return JsonParser.parse(plain) instanceof JsonParser.Result.Parsed(Json.Obj values) ? values : null;
        } catch (GeneralSecurityException | IllegalArgumentException _) {
            return null;
        }
    }

    private static Cipher cipher(int mode, byte[] key, byte[] nonce, byte[] name) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(name);
        return cipher;
    }

    private static byte[] nonce(byte[] key, byte[] name, byte[] plain) throws GeneralSecurityException {
        byte[] own = mac(key, "nonce".getBytes(UTF_8));
        byte[] content = ByteBuffer.allocate(4 + name.length + plain.length).putInt(name.length).put(name).put(plain).array();
        return Arrays.copyOf(mac(own, content), NONCE_BYTES);
    }

    private static byte[] mac(byte[] key, byte[] content) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(content);
    }

    private static byte[] nameOf(Json.Obj secret) {
        Json.Obj metadata = secret.members().get("metadata") instanceof Json.Obj object ? object : Json.Obj.EMPTY;
        String namespace = metadata.members().get("namespace") instanceof Json.Str(String text) && !text.isEmpty()
                ? text
                : "default";
        String name = metadata.members().get("name") instanceof Json.Str(String text) ? text : "";
        return ("Secret/" + namespace + "/" + name).getBytes(UTF_8);
    }

    @Override
    public String toString() {
        return "SecretCipher" + keys.keySet();
    }
}
