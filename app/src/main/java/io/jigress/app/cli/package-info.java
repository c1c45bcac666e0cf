/// What all commands share: the process, its flags, its termination.
///
/// Reading order: [Shell], [SettingsOptions], [Termination], [DirectMemory].
@NullMarked
package io.jigress.app.cli;

import org.jspecify.annotations.NullMarked;
