/// Resources from a folder of Kubernetes YAML and JSON that is watched: saving a file applies it.
///
/// Reading order: [FolderSource], [FolderFiles], [ManifestReader], [YamlText], [FolderWatch], [ManifestLocator].
@NullMarked
package io.jigress.sources.folder;

import org.jspecify.annotations.NullMarked;
