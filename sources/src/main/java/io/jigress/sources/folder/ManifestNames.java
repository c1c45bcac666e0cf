package io.jigress.sources.folder;

/// Tells by its name what a file in the folder is.
final class ManifestNames {

    enum Sort {
        MANIFEST,
        /// Kubernetes swaps a mounted ConfigMap by a link named `..data`: a look through the folder shows what changed.
        SWAP,
        /// Hidden files, and what editors write beside a file while they save it.
        IGNORED,
        /// A directory, or nothing of ours.
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
