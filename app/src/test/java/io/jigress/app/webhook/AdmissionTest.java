package io.jigress.app.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.app.translate.Translators;
import io.jigress.control.JsonParser;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.translate.ObjectCheck;
import io.jigress.control.translate.ResourceTranslator;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final Settings SETTINGS = Settings.defaults(new Machine(1, 512 << 20));

    private final ObjectCheck check = Translators.objectCheck(SETTINGS, Path.of(""));
    private final Admission admission = new Admission(check);

    private static Json json(String text) {
        return JsonParser.parse(text.replace('\'', '"').getBytes(UTF_8)) instanceof JsonParser.Result.Parsed(Json parsed)
                ? parsed
                : Json.Null.NULL;
    }

    /// @param rest `'object':{…}`, optionally with `'oldObject'`
    private JsonReader answer(String kind, String operation, String rest) {
        Json answer = admission.answer(json("{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview','request':{'uid':'u1',"
                + "'kind':{'group':'jigress.io','version':'v1','kind':'" + kind
                + "'},'namespace':'default','name':'one','operation':'"
                + operation + "'," + rest + "}}"));
        JsonReader response = JsonReader.of("", answer).object("response");
        assertThat(response.text("uid", "")).isEqualTo("u1");
        return response;
    }

    private static String object(String kind, String spec) {
        return "{'apiVersion':'jigress.io/v1','kind':'" + kind + "','metadata':{'name':'one'},'spec':" + spec + "}";
    }

    @Test
    void anObjectWithoutErrorsIsAllowedAndWarningsAreTold() {
        JsonReader good = answer("Backend", "CREATE",
                "'object':" + object("Backend", "{'endpoints':[{'address':'10.0.0.1','port':80}]}"));
        assertThat(good.bool("allowed", false)).isTrue();
        assertThat(good.has("warnings")).isFalse();
        JsonReader odd = answer("Backend", "CREATE",
                "'object':" + object("Backend", "{'colour':'blue','endpoints':[{'address':'10.0.0.1','port':80}]}"));
        assertThat(odd.bool("allowed", false)).isTrue();
        assertThat(odd.texts("warnings")).singleElement().asString().startsWith("spec.colour is not a known field");
    }

    @Test
    void anErrorIsRefusedWithFieldAndExpectation() {
        JsonReader refused = answer("Plugin", "CREATE", "'object':" + object("Plugin", "{'name':'cross','config':{}}"));
        assertThat(refused.bool("allowed", true)).isFalse();
        assertThat(refused.object("status").text("message", ""))
                .startsWith("spec.name is \"cross\", which is not a known filter");
        JsonReader config = answer("Plugin", "CREATE",
                "'object':" + object("Plugin", "{'name':'ip-restriction','config':{'allow':['10.0.0.0/99']}}"));
        assertThat(config.object("status").text("message", "")).contains("spec.config.allow");
    }

    @Test
    void whatMayComeLaterIsNoError() {
        assertThat(answer("Plugin", "CREATE", "'object':" + object("Plugin",
                "{'name':'ip-restriction','config':{'allow':['10.0.0.0/8']},'targetRefs':[{'kind':'Gateway','name':'later'}]}"))
                .bool("allowed", false)).isTrue();
    }

    @Test
    void anObjectThatWasWrongBeforeCanBeLabelledAndDeleted() {
        String wrong = object("Plugin", "{'name':'cross'}");
        assertThat(answer("Plugin", "UPDATE", "'object':" + wrong.replace("'name':'one'", "'name':'one','labels':{'a':'b'}")
                + ",'oldObject':" + wrong).bool("allowed", false)).isTrue();
        assertThat(answer("Plugin", "UPDATE", "'object':" + object("Plugin", "{'name':'crosss'}") + ",'oldObject':" + wrong)
                .bool("allowed", true)).isFalse();
    }

    @Test
    void otherKindsAndEmptyReviewsAreAllowed() {
        assertThat(answer("Unknown", "CREATE", "'object':{}").bool("allowed", false)).isTrue();
        assertThat(JsonReader.of("", admission.answer(json("{}"))).object("response").bool("allowed", false)).isTrue();
    }

    @Test
    void everyKindOfOursIsChecked() {
        ResourceTranslator translator = Translators.of(SETTINGS);
        Stream.of("Backend", "Plugin", "TrafficPolicy", "Registry", "DubboService", "Consumer", "SentinelRule")
                .map(kind -> new ResourceKey(Kinds.JIGRESS, kind, "", "")).filter(translator::reads)
                .forEach(key -> assertThat(check.checks(key)).as("%s", key).isTrue());
    }

    @Test
    void keysOfBothFormsAreRead() throws Exception {
        for (String algorithm : Set.of("RSA", "EC", "Ed25519")) {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            if (algorithm.equals("RSA")) {
                generator.initialize(2048);
            }
            byte[] encoded = generator.generateKeyPair().getPrivate().getEncoded();
            assertThat(PrivateKeys.read(pem("PRIVATE KEY", encoded)).getEncoded()).isEqualTo(encoded);
            if (algorithm.equals("RSA")) {
                // The older form is the newer one without its header.
                byte[] older = Arrays.copyOfRange(encoded, 26, encoded.length);
                assertThat(PrivateKeys.read(pem("RSA PRIVATE KEY", older)).getEncoded()).isEqualTo(encoded);
            }
        }
    }

    private static String pem(String kind, byte[] bytes) {
        return "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
                + "\n-----END " + kind
                + "-----\n";
    }
}
