/// Envoy's external processing (`ext_proc` v3). Reading order: `ProcFactory`, `ProcFilter`, `ProcStream`, `Direction`.
@NullMarked
package io.jigress.plugins.process.proc;

import org.jspecify.annotations.NullMarked;
