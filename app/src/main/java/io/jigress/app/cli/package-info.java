/// The command line: what all commands share of their process, its flags and its end.
///
/// Reading order: [Shell], [SettingsOptions], [Termination], [DirectMemory].
@NullMarked
package io.jigress.app.cli;

import org.jspecify.annotations.NullMarked;
