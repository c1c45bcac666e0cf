/// Resources from a watched folder of Kubernetes YAML and JSON: saving a file applies it.
///
/// Reading order: [FolderSource], [FolderFiles], [ManifestReader], [YamlText], [FolderWatch], [ManifestLocator].
@NullMarked
package io.jigress.sources.folder;

import org.jspecify.annotations.NullMarked;
