package io.jigress.sources.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.control.Problem;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SecretCipherTest {
    private static final String TEXT = """
            # The login of the shop.
            apiVersion: v1
            kind: Secret
            metadata: {name: login, namespace: shop}
            type: Opaque
            stringData:
              password: |
                open sesame
            ---
            # A route stays as it is.
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: shop}
            spec:   {}
            ---
            apiVersion: v1
            kind: List
            items:
              - {apiVersion: v1, kind: Secret, metadata: {name: other}, data: {token: c2VzYW1l}}
              - {apiVersion: v1, kind: ConfigMap, metadata: {name: other}, data: {a: b}}
            """;

    private static SecretCipher keys(int... numbers) {
        Map<String, byte[]> keys = new LinkedHashMap<>();
        for (int number : numbers) {
            byte[] key = new byte[SecretCipher.KEY_BYTES];
            Arrays.fill(key, (byte) number);
            keys.put("key-" + number, key);
        }
        return SecretCipher.of(keys);
    }

    private static String seal(String text, SecretCipher cipher) throws Exception {
        return ManifestSealer.seal("a.yaml", text, cipher).text();
    }

    private static List<String> objects(String text, SecretCipher cipher) {
        Manifest manifest = ManifestReader.read("a.yaml", text.getBytes(UTF_8), cipher);
        assertThat(manifest.problems()).isEmpty();
        return manifest.resources().stream().map(resource -> new String(resource.json(), UTF_8)).toList();
    }

    private static String problem(String text, SecretCipher cipher) {
        Manifest manifest = ManifestReader.read("a.yaml", text.getBytes(UTF_8), cipher);
        assertThat(manifest.complete()).as("the last version of the Secrets is kept").isFalse();
        Problem first = manifest.problems().getFirst();
        return first.what() + " (expected: " + first.expected() + ")";
    }

    @Test
    void secretsAreEncryptedAndTheRestKeepsItsText() throws Exception {
        String sealed = seal(TEXT, keys(1));
        assertThat(sealed).doesNotContain("sesame", "c2VzYW1l").contains("# A route stays as it is.", "spec:   {}", "key-1");
        assertThat(objects(sealed, keys(1))).containsExactlyInAnyOrderElementsOf(objects(TEXT, SecretCipher.NONE));
    }

    @Test
    void anUnchangedSecretHasTheSameTextAndAnotherSecretAnother() throws Exception {
        assertThat(seal(TEXT, keys(1))).isEqualTo(seal(TEXT, keys(1))).isNotEqualTo(seal(TEXT, keys(2, 1)));
        String same = "{apiVersion: v1, kind: Secret, metadata: {name: %s}, data: {a: YQ==}}";
        assertThat(seal(same.formatted("a"), keys(1)).replace("\"a\"", "\"b\"")).isNotEqualTo(seal(same.formatted("b"), keys(1)));
    }

    @Test
    void theFirstKeyEncryptsAndEachDecrypts() throws Exception {
        String old = seal(TEXT, keys(1));
        List<String> plain = objects(TEXT, SecretCipher.NONE);
        assertThat(objects(old, keys(2, 1))).containsExactlyInAnyOrderElementsOf(plain);
        assertThat(objects(seal(TEXT, keys(2, 1)), keys(2))).containsExactlyInAnyOrderElementsOf(plain);
    }

    @Test
    void aKeyThatIsMissingOrWrongIsAProblemAtTheLineOfTheSecret() throws Exception {
        String sealed = "# One line before.\n---" + seal(TEXT, keys(1)).substring(3);
        assertThat(problem(sealed, SecretCipher.NONE)).startsWith("line 3: Secret shop/login is encrypted by the key \"key-1\"")
                .contains("nacos.secrets.keys");
        assertThat(problem(sealed, keys(2))).contains("is not known", "key-2");
        byte[] other = new byte[SecretCipher.KEY_BYTES];
        assertThat(problem(sealed, SecretCipher.of(Map.of("key-1", other)))).contains("cannot be decrypted by the key \"key-1\"");
    }

    @Test
    void aValueDoesNotFitAnotherSecretAndNoneThatWasChanged() throws Exception {
        String sealed = seal("{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: YQ==}}", keys(1));
        assertThat(problem(sealed.replace("\"a\"", "\"b\""), keys(1))).contains("cannot be decrypted");
        int middle = sealed.indexOf("\"value\":\"") + 30;
        char changed = sealed.charAt(middle) == 'A' ? 'B' : 'A';
        assertThat(problem(sealed.substring(0, middle) + changed + sealed.substring(middle + 1), keys(1)))
                .contains("cannot be decrypted");
        assertThat(problem("{apiVersion: v1, kind: Secret, metadata: {name: a}, encrypted: 1}", keys(1)))
                .contains("without key and value");
    }

    @Test
    void whatCannotBeReadIsNotWrittenWhileThereAreKeys() throws Exception {
        String broken = "apiVersion: v1\nkind: [Secret\n";
        assertThatThrownBy(() -> seal(broken, keys(1))).isInstanceOf(ManifestSealer.Unreadable.class)
                .hasMessageContaining("line");
        assertThat(seal(broken, SecretCipher.NONE)).isEqualTo(broken);
        assertThat(ManifestSealer.seal("a.yaml", TEXT, SecretCipher.NONE)).isEqualTo(new ManifestSealer.Sealed(TEXT, 2));
    }

    @Test
    void jsonStaysJson() throws Exception {
        String json = "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"a\"},\"data\":{\"a\":\"YQ==\"}}";
        String sealed = ManifestSealer.seal("a.json", json, keys(1)).text();
        assertThat(sealed).startsWith("{").doesNotContain("YQ==");
        assertThat(ManifestReader.read("a.json", sealed.getBytes(UTF_8), keys(1)).resources().getFirst().json())
                .asString(UTF_8).isEqualTo(json);
    }
}
