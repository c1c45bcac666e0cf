package io.jigress.sources.folder;

/// Classifies the files of the folder by name.
final class ManifestNames {

    enum Sort {
        MANIFEST,
        /// Kubernetes updates a mounted ConfigMap by replacing a link named `..data`: a scan of the folder finds what changed.
        SWAP,
        /// Hidden files, and temporary files of editors.
        IGNORED,
        /// A directory, or a file of another type.
        OTHER
    }

    private ManifestNames() {}

    static Sort sort(String name) {
        if (name.startsWith("..")) {
            return Sort.SWAP;
        }
        if (name.startsWith(".") || name.startsWith("#") || name.endsWith("~") || name.endsWith(".swp") || name.endsWith(".swx")
                || name.endsWith(".tmp")
                || name.equals("4913")) {
            return Sort.IGNORED;
        }
        return name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json") ? Sort.MANIFEST : Sort.OTHER;
    }
}
