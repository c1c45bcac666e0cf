package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.SecretValues;
import io.jigress.control.JsonParser;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Plugin;
import io.jigress.control.kinds.PullSecret;
import io.jigress.control.kinds.SecretRef;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The values of the Secrets that a Plugin refers to.
///
/// @param complete false when one is missing, which is reported
record PluginSecrets(SecretValues values, boolean complete) {

    static PluginSecrets resolve(TranslationIndex index, RouteBuild build, Plugin plugin) {
        Map<String, String> values = new LinkedHashMap<>();
        boolean complete = true;
        for (SecretRef ref : plugin.secrets()) {
            String value = value(index, build, ref.secret(), ref.key(), ref.path(), "\"" + ref.text() + "\"");
            complete &= value != null;
            if (value != null) {
                values.put(ref.text(), value);
            }
        }
        PullSecret pull = plugin.hosted() == null ? null : plugin.hosted().pullSecret();
        if (pull != null) {
            String config = value(index, build, pull.secret(), PullSecret.KEY, pull.path(), "\"" + pull.secret().name() + "\"");
            PullSecret.Login login = config == null ? null : pull.login(config);
            complete &= login != null;
            if (login != null) {
                values.putAll(login.byReference());
            } else if (config != null) {
                build.findings().error(pull.path(), "is \"" + pull.secret().name() + "\", and " + pull.secret()
                        + " has no login to " + pull.registry(),
                        "auths with " + pull.registry() + " in its key " + PullSecret.KEY);
            }
        }
        return new PluginSecrets(new SecretValues(values), complete);
    }

    /// @param written what the Plugin has at the path
    private static @Nullable String value(TranslationIndex index, RouteBuild build, ResourceKey secret, String key, String path,
            String written) {
        build.use(secret);
        Resource found = index.resources.get(secret);
        if (found == null) {
            build.findings().add(path, "has " + written + ", and there is no " + secret, "a Secret of that name", Severity.ERROR,
                    secret);
            return null;
        }
        String value = JsonParser.parse(found.json()) instanceof JsonParser.Result.Parsed(Json.Obj(var members))
                ? value(members, key)
                : null;
        if (value == null) {
            build.findings().error(path, "has " + written + ", and " + secret + " has no text under the key " + key,
                    "a key of the Secret");
        }
        return value;
    }

    private static @Nullable String value(Map<String, Json> secret, String key) {
        if (secret.get("stringData") instanceof Json.Obj(var plain) && plain.get(key) instanceof Json.Str(String text)) {
            return text;
        }
        if (!(secret.get("data") instanceof Json.Obj(var data)) || !(data.get(key) instanceof Json.Str(String base64))) {
            return null;
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(base64.replaceAll("\\s", ""));
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (IllegalArgumentException | CharacterCodingException _) {
            return null;
        }
    }

    /// Faults without the values.
    List<JsonReader.Issue> hide(List<JsonReader.Issue> issues) {
        return values.isEmpty()
                ? issues
                : issues.stream().map(issue -> new JsonReader.Issue(issue.path(), values.hide(issue.what()),
                        values.hide(issue.expected()), issue.error())).toList();
    }
}
