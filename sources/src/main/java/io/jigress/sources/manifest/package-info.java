/// The text of configuration, from files or from the data ids of a configuration server: parses it into objects, and finds the lines of objects
/// and fields in it.
///
/// Reading order: [ManifestReader], [ManifestText], [YamlText], [ManifestLocator], [LastGood].
@NullMarked
package io.jigress.sources.manifest;

import org.jspecify.annotations.NullMarked;
