/// Where objects and endpoints come from: sources by their URL, folders read once, registries by their type.
///
/// Reading order: [Sources], [KubernetesFeed], [Reading], [Places], [Directories].
@NullMarked
package io.jigress.app.sources;

import org.jspecify.annotations.NullMarked;
