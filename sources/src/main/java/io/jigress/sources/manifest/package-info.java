/// The text of configuration, wherever it comes from: files, and the data ids of a configuration server. It is read into objects, and the lines of objects
/// and fields are found in it.
///
/// Reading order: [ManifestReader], [ManifestText], [YamlText], [ManifestLocator], [LastGood].
@NullMarked
package io.jigress.sources.manifest;

import org.jspecify.annotations.NullMarked;
