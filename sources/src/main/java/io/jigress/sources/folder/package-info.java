/// Resources from a watched folder of Kubernetes YAML and JSON: saving a file applies it.
///
/// Reading order: [FolderSource], [FolderFiles], [FolderWatch]. The content of files is parsed by `io.jigress.sources.manifest`.
@NullMarked
package io.jigress.sources.folder;

import org.jspecify.annotations.NullMarked;
