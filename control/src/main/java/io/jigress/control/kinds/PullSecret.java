package io.jigress.control.kinds;

import io.jigress.api.Json;
import io.jigress.control.JsonParser;
import io.jigress.control.ResourceKey;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The Secret with the login to the registry of a plugin's image, of type `kubernetes.io/dockerconfigjson`.
///
/// @param registry host, maybe with a port
/// @param path of the field that names it
public record PullSecret(ResourceKey secret, String registry, String path) {
    public static final String KEY = ".dockerconfigjson";
    /// What stands for user and password in the configuration of the filter.
    static final String USER = "${imagePullSecret.username}";
    static final String PASSWORD = "${imagePullSecret.password}";

    public record Login(String user, String password) {

        /// The values by what stands for them.
        public Map<String, String> byReference() {
            return Map.of(USER, user, PASSWORD, password);
        }

        @Override
        public String toString() {
            return user;
        }
    }

    /// The registry of an image; empty for other URLs.
    static String registry(String url) {
        return url.startsWith("oci://") ? host(url) : "";
    }

    /// The login of the registry in the Secret's document; null when it has none.
    public @Nullable Login login(String dockerConfig) {
        return login(dockerConfig, registry);
    }

    /// The login of a registry in a document of this kind, which `docker login` writes too; null when it has none.
    ///
    /// @param registry `host`, `host:port`, or the URL of an image
    public static @Nullable Login login(String dockerConfig, String registry) {
        if (!(JsonParser
                .parse(dockerConfig.getBytes(StandardCharsets.UTF_8)) instanceof JsonParser.Result.Parsed(Json.Obj config))
                || !(config.members().get("auths") instanceof Json.Obj(var auths))) {
            return null;
        }
        for (Map.Entry<String, Json> auth : auths.entrySet()) {
            if (host(auth.getKey()).equals(host(registry)) && auth.getValue() instanceof Json.Obj(var fields)) {
                return login(fields);
            }
        }
        return null;
    }

    private static @Nullable Login login(Map<String, Json> fields) {
        if (fields.get("username") instanceof Json.Str(String user)
                && fields.get("password") instanceof Json.Str(String password)) {
            return new Login(user, password);
        }
        try {
            String both = fields.get("auth") instanceof Json.Str(String auth)
                    ? new String(Base64.getDecoder().decode(auth), StandardCharsets.UTF_8)
                    : "";
            int colon = both.indexOf(':');
            return colon < 0 ? null : new Login(both.substring(0, colon), both.substring(colon + 1));
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    /// `https://index.docker.io/v1/` is the registry that images name as `docker.io`.
    private static String host(String registry) {
        String host = registry.replaceFirst("^[a-z]+://", "").replaceFirst("/.*", "");
        return host.equals("index.docker.io") || host.equals("registry-1.docker.io") ? "docker.io" : host;
    }
}
