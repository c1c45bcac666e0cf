/// The program: commands, settings and the wiring of the rooms.
///
/// Reading order: [Main] finds the command; `cli` is what all commands share, `settings` their settings. `sources` and `translate` combine
/// rooms for several commands. `run` is the gateway ([io.jigress.app.run.Wiring] wires all rooms), with `admin` for its admin port; `check`,
/// `explain`, `waf`, `dubbo`, `demo` and `train` are the other commands.
@NullMarked
package io.jigress.app;

import org.jspecify.annotations.NullMarked;
