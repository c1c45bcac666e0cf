/// Sources of objects and endpoints: sources by name, folders read once, registries by type.
///
/// Reading order: [Sources], [KubernetesFeed], [Reading], [Places], [Directories].
@NullMarked
package io.jigress.app.sources;

import org.jspecify.annotations.NullMarked;
