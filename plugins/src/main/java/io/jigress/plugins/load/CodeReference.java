package io.jigress.plugins.load;

import io.jigress.api.JsonReader;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where the code of a plugin is, and what must be true of it.
///
/// @param url `file:///…`, `http://…`, `https://…`, `oci://…` or `maven:…`
/// @param sha256 of the code, for an image of its manifest, in hexadecimal; null for any
/// @param user for the registry or server; null for none
/// @param cosignKey the public key, in PEM, that must have signed the image; null for none
public record CodeReference(String url, @Nullable String sha256, @Nullable String user, @Nullable String password,
        @Nullable String cosignKey) {
    private static final Pattern URL = Pattern.compile("(?i)(file:///|https?://|oci://)[\\x21-\\x7e]+");

    /// Reads the fields of a plugin: `url`, `sha256`, `registryUser`, `registryPassword`, `cosignKey`.
    ///
    /// @param maven whether a Maven coordinate is allowed
    public static CodeReference read(JsonReader config, boolean maven) {
        String url = config.requiredText("url");
        boolean known = URL.matcher(url).matches() || maven && MavenCoordinate.isValid(url);
        if (!url.isEmpty() && !known) {
            config.error("url", "is \"" + url + "\"", "file:///…, http://…, https://… or oci://…"
                    + (maven ? ", or maven:GROUP:ARTIFACT:VERSION" : ""));
        }
        String sha256 = config.text("sha256");
        if (sha256 != null) {
            sha256 = sha256.startsWith("sha256:") ? sha256.substring("sha256:".length()) : sha256;
            if (!sha256.matches("[0-9a-f]{64}")) {
                config.error("sha256", "is \"" + sha256 + "\"", "64 hexadecimal digits in lower case");
            }
        }
        String user = config.text("registryUser");
        String password = config.text("registryPassword");
        if ((user == null) != (password == null)) {
            config.error(user == null ? "registryUser" : "registryPassword", "is missing",
                    "registryUser and registryPassword, or neither");
        }
        String key = config.text("cosignKey");
        if (key != null && !url.isEmpty() && !url.startsWith("oci://")) {
            config.error("cosignKey", "needs an image", "a url that begins with oci://");
        }
        return new CodeReference(url, sha256, user, password, key);
    }

    public boolean isMaven() { return url.regionMatches(true, 0, "maven:", 0, 6); }

    /// Without the password, which must not be logged.
    @Override
    public String toString() {
        return url + (sha256 == null ? "" : " sha256:" + sha256);
    }
}
