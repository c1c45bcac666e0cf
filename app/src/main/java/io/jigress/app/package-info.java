/// The program: commands, settings and the one place where the rooms are put together.
///
/// Reading order: [Main] finds the command; `cli` is what all commands share, `settings` what they are told. `sources` and `translate` put
/// rooms together for several of them. `run` is the gateway ([io.jigress.app.run.Wiring] is where all rooms meet), with `admin` for its admin
/// port; `check`, `explain`, `waf`, `demo` and `train` are the other commands.
@NullMarked
package io.jigress.app;

import org.jspecify.annotations.NullMarked;
