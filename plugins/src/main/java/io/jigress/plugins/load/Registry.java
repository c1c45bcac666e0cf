package io.jigress.plugins.load;

import io.jigress.api.Json;
import io.jigress.api.JsonLimits;
import io.jigress.api.JsonParser;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads images from a registry (OCI distribution API): code as a layer of its own, or as a file of a `tar.gz` layer (`plugin.wasm`), as
/// Higress's plugins. All that is read is checked against its digest.
final class Registry {
    private static final String MANIFESTS = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, "
            + "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json";
    private static final int MAX_MANIFEST = 4 * 1024 * 1024;
    private static final List<String> TAR_LAYERS = List.of("application/vnd.oci.image.layer.v1.tar+gzip",
            "application/vnd.docker.image.rootfs.diff.tar.gzip", "application/vnd.oci.image.layer.v1.tar",
            "application/vnd.docker.image.rootfs.diff.tar");
    /// Configurations of images that name a platform.
    private static final List<String> IMAGE_CONFIGS = List.of("application/vnd.oci.image.config.v1+json",
            "application/vnd.docker.container.image.v1+json");
    /// In an index, of what is about an image and is none.
    private static final String ABOUT_ANOTHER = "vnd.docker.reference.type";
    private static final String SIGNATURE_LAYER = "application/vnd.dev.cosign.simplesigning.v1+json";
    private static final String SIGNATURE = "dev.cosignproject.cosign/signature";
    private static final Pattern CHALLENGE = Pattern.compile("([a-z]+)=\"([^\"]*)\"");

    private final Fetcher fetcher;
    private final CodeKind kind;
    private final ImageReference image;
    private final @Nullable String user;
    private final @Nullable String password;
    private @Nullable String authorization;

    Registry(Fetcher fetcher, CodeKind kind, ImageReference image, CodeReference reference) {
        this.fetcher = fetcher;
        this.kind = kind;
        this.image = image;
        this.user = reference.user();
        this.password = reference.password();
    }

    /// @param digest of the bytes, `sha256:…`
    private record Document(byte[] bytes, String digest, Json.Obj json) {}

    /// The code in the image.
    ///
    /// @param sha256 that the manifest must have; null for any
    /// @param cosignKey that must have signed the manifest; null for any
    byte[] code(@Nullable String sha256, @Nullable String cosignKey) throws CodeFault {
        Document manifest = manifest(image);
        if (sha256 != null && !manifest.digest().equals("sha256:" + sha256)) {
            throw new CodeFault("has the digest " + manifest.digest() + " (expected: sha256:" + sha256 + ")");
        }
        if (cosignKey != null) {
            verify(manifest.digest(), cosignKey);
        }
        List<Json> listed = items(manifest.json(), "manifests");
        if (!listed.isEmpty()) {
            ImageReference chosen = image.withTag(text(chosen(listed), "digest"));
            if (!chosen.isDigest()) {
                throw new CodeFault("has an index with the digest \"" + chosen.tag() + "\" (expected: sha256:…)");
            }
            manifest = manifest(chosen);
        }
        checkPlatform(manifest);
        return code(manifest);
    }

    /// The image of an index to use: one for WebAssembly or for any platform, else the one for this platform, else, of portable code, the first.
    private Json chosen(List<Json> listed) throws CodeFault {
        Json best = null;
        int leastRank = Integer.MAX_VALUE;
        List<String> others = new ArrayList<>();
        for (Json each : listed) {
            Platform platform = Platform.of(member(each, "platform"));
            if (platform.equals(Platform.UNKNOWN) || !text(member(each, "annotations"), ABOUT_ANOTHER).isEmpty()) {
                continue;
            }
            int rank = platform.isAny() || kind.portable() && platform.isWasm() ? 0 : platform.equals(Platform.HERE) ? 1 : 2;
            if (rank == 2) {
                others.add(platform.toString());
            }
            if (rank < leastRank && (rank < 2 || kind.portable())) {
                best = each;
                leastRank = rank;
            }
        }
        if (best == null) {
            throw otherPlatform(others.isEmpty() ? "no platform" : String.join(", ", others));
        }
        return best;
    }

    /// Code that is not portable must not be of an image for another platform.
    private void checkPlatform(Document manifest) throws CodeFault {
        Json config = member(manifest.json(), "config");
        if (kind.portable() || !IMAGE_CONFIGS.contains(text(config, "mediaType"))) {
            return;
        }
        Platform platform = Platform.of(json(blob(text(config, "digest"), MAX_MANIFEST), "configuration"));
        if (!platform.isAny() && !platform.equals(Platform.HERE)) {
            throw otherPlatform(platform.toString());
        }
    }

    private static CodeFault otherPlatform(String what) {
        return new CodeFault("is for " + what + " (expected: " + Platform.HERE + ", or an image for any platform)");
    }

    private byte[] code(Document manifest) throws CodeFault {
        List<Json> layers = items(manifest.json(), "layers");
        for (Json layer : layers) {
            if (kind.layers().contains(text(layer, "mediaType"))) {
                return blob(text(layer, "digest"), kind.maxBytes());
            }
        }
        for (Json layer : layers.reversed()) {
            if (TAR_LAYERS.contains(text(layer, "mediaType"))) {
                byte[] found = TarFile.find(blob(text(layer, "digest"), kind.maxBytes()), kind.suffix(), kind.maxBytes());
                if (found != null) {
                    return found;
                }
            }
        }
        String artifact = text(manifest.json(), "artifactType");
        String type = artifact.isEmpty() ? text(member(manifest.json(), "config"), "mediaType") : artifact;
        throw new CodeFault("has no " + kind.noun() + " (expected: a layer of type " + kind.mediaType() + " or "
                + kind.layers().getFirst() + ", or a file *" + kind.suffix() + " in a tar layer); its layers are "
                + layers.stream().map(layer -> text(layer, "mediaType")).toList()
                + (type.isEmpty() ? "" : ", and its type is " + type));
    }

    private Document manifest(ImageReference of) throws CodeFault {
        byte[] bytes = get("/manifests/" + of.tag(), MANIFESTS, MAX_MANIFEST);
        String digest = "sha256:" + CodeLoader.sha256(bytes);
        if (of.isDigest() && !digest.equals(of.tag())) {
            throw new CodeFault("has a manifest with the digest " + digest + " (expected: " + of.tag() + ")");
        }
        return new Document(bytes, digest, json(bytes, "manifest"));
    }

    /// @param noun what it is, for messages
    private static Json.Obj json(byte[] bytes, String noun) throws CodeFault {
        String fault = "has a " + noun + " that is not a JSON object";
        return switch (JsonParser.parse(bytes, JsonLimits.DEFAULT)) {
            case JsonParser.Value(Json.Obj object) -> object;
            case JsonParser.Value _ -> throw new CodeFault(fault);
            case JsonParser.Invalid(int offset, String what) -> throw new CodeFault(fault + ": " + what + " at byte " + offset);
        };
    }

    private byte[] blob(String digest, int maxBytes) throws CodeFault {
        if (!digest.matches("sha256:[0-9a-f]{64}")) {
            throw new CodeFault("has a layer with the digest \"" + digest + "\" (expected: sha256:…)");
        }
        byte[] bytes = get("/blobs/" + digest, "*/*", maxBytes);
        String actual = "sha256:" + CodeLoader.sha256(bytes);
        if (!actual.equals(digest)) {
            throw new CodeFault("has a layer with the digest " + actual + " (expected: " + digest + ")");
        }
        return bytes;
    }

    /// Checks that one of the image's signatures was made with a key (cosign).
    private void verify(String digest, String key) throws CodeFault {
        Document signatures = manifest(image.withTag(digest.replace(':', '-') + ".sig"));
        for (Json layer : items(signatures.json(), "layers")) {
            Json annotations = member(layer, "annotations");
            if (text(layer, "mediaType").equals(SIGNATURE_LAYER)) {
                byte[] payload = blob(text(layer, "digest"), MAX_MANIFEST);
                if (CosignKey.of(key).hasSigned(payload, text(annotations, SIGNATURE)) && names(payload, digest)) {
                    return;
                }
            }
        }
        throw new CodeFault("has no signature of the configured key for " + digest);
    }

    /// Whether a signed payload is about an image.
    private static boolean names(byte[] payload, String digest) throws CodeFault {
        Json critical = member(json(payload, "signature"), "critical");
        return text(member(critical, "image"), "docker-manifest-digest").equals(digest);
    }

    // ---- HTTP

    private byte[] get(String path, String accept, int maxBytes) throws CodeFault {
        String url = image.base() + path;
        Fetcher.Answer answer = fetcher.get(url, accept, authorization, maxBytes);
        if (answer.status() == 401) {
            authorization = authorize(answer.headers().firstValue("www-authenticate").orElse(""));
            answer = fetcher.get(url, accept, authorization, maxBytes);
        }
        if (answer.status() != 200) {
            throw new CodeFault("cannot be pulled: " + image.registry() + " answered " + answer.status() + " to " + path
                    + (answer.status() == 401 || answer.status() == 403
                            ? user == null ? "; no pull secret is configured" : "; the user of the pull secret is " + user
                            : ""));
        }
        return answer.body();
    }

    private @Nullable String authorize(String challenge) throws CodeFault {
        String credentials = user == null || password == null ? null : Fetcher.basic(user, password);
        if (!challenge.regionMatches(true, 0, "bearer ", 0, 7)) {
            return credentials;
        }
        Map<String, String> parameters = new HashMap<>();
        Matcher matcher = CHALLENGE.matcher(challenge);
        while (matcher.find()) {
            parameters.put(matcher.group(1), matcher.group(2));
        }
        String realm = parameters.getOrDefault("realm", "");
        if (!realm.matches("https?://.+") || image.base().startsWith("https:") && !realm.startsWith("https:")) {
            throw new CodeFault("cannot be pulled: the token service of " + image.registry() + " is \"" + realm + "\"");
        }
        String url = realm + (realm.contains("?") ? "&" : "?") + "service=" + encoded(parameters.getOrDefault("service", ""))
                + "&scope="
                + encoded(parameters.getOrDefault("scope", "repository:" + image.repository() + ":pull"));
        Fetcher.Answer answer = fetcher.get(url, "application/json", credentials, MAX_MANIFEST);
        if (answer.status() != 200) {
            throw new CodeFault("cannot be pulled: the token service of " + image.registry() + " answered " + answer.status());
        }
        Json.Obj json = json(answer.body(), "token");
        String token = text(json, "token");
        return "Bearer " + (token.isEmpty() ? text(json, "access_token") : token);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    // ---- JSON

    private static Json member(Json of, String name) {
        return of instanceof Json.Obj object ? object.members().getOrDefault(name, Json.Null.NULL) : Json.Null.NULL;
    }

    /// A member of an object; empty when there is none, and when it is no text.
    static String text(Json of, String name) {
        return member(of, name) instanceof Json.Str(String text) ? text : "";
    }

    private static List<Json> items(Json of, String name) {
        return member(of, name) instanceof Json.Arr(List<Json> items) ? items : List.of();
    }
}
