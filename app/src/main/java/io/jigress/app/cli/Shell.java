package io.jigress.app.cli;

import io.jigress.app.settings.Setting.Machine;
import io.jigress.control.Printable;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/// The environment of the program's process, so that a test can replace it.
///
/// @param folder the working directory: relative paths start here
/// @param termination receives the request to end the process
/// @param hangUp receives the action of SIGHUP
public record Shell(Map<String, String> environment, Path folder, PrintStream out, PrintStream err, Machine machine,
        Termination termination, Consumer<Runnable> hangUp) {

    public static Shell ofProcess() {
        return new Shell(System.getenv(), Path.of(""), System.out, System.err, DirectMemory.machine(), Termination.ofProcess(),
                HangUp::run);
    }

    public Path path(String path) {
        return folder.resolve(path);
    }

    /// Prints an error, as one line unless its text has several. Control characters in it are escaped.
    public void complain(String what) {
        err.println("jigress: " + Printable.lines(what));
    }
}
