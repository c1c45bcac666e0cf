package io.jigress.plugins.load;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The name of an image in a registry.
///
/// @param registry `host` or `host:port`
/// @param repository `plugins/auth`
/// @param tag a tag, or a digest (`sha256:…`)
record ImageReference(String registry, String repository, String tag) {
    private static final Pattern FORM = Pattern.compile(
            "oci://(?<registry>[A-Za-z0-9.-]+(:[0-9]{1,5})?|\\[[0-9a-fA-F:]+](:[0-9]{1,5})?)/(?<repository>[a-z0-9][a-z0-9._/-]*)"
                    + "(:(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(@(?<digest>sha256:[0-9a-f]{64}))?");

    static ImageReference of(String url) throws CodeFault {
        Matcher matcher = FORM.matcher(url);
        if (!matcher.matches()) {
            throw new CodeFault("is not the name of an image (expected: oci://HOST/REPOSITORY:TAG)");
        }
        String tag = matcher.group("tag");
        String digest = matcher.group("digest");
        return new ImageReference(matcher.group("registry"), matcher.group("repository"),
                digest != null ? digest : tag != null ? tag : "latest");
    }

    boolean isDigest() { return tag.startsWith("sha256:"); }

    ImageReference withTag(String other) {
        return new ImageReference(registry, repository, other);
    }

    /// The beginning of the registry's API; registries on this machine are asked without TLS.
    String base() {
        String host = registry.replaceFirst(":[0-9]+$", "");
        boolean local = host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
        String server = registry.equals("docker.io") ? "registry-1.docker.io" : registry;
        return (local ? "http://" : "https://") + server + "/v2/" + repository;
    }
}
