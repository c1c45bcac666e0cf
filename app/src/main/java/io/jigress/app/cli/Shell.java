package io.jigress.app.cli;

import io.jigress.app.settings.Setting.Machine;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/// All that the program knows of the process it runs in, so that a test can run it in another.
///
/// @param folder the working directory: relative paths start here
/// @param termination hears when the process is told to end
/// @param hangUp is given what SIGHUP is to do
public record Shell(Map<String, String> environment, Path folder, PrintStream out, PrintStream err, Machine machine,
        Termination termination, Consumer<Runnable> hangUp) {

    public static Shell ofProcess() {
        return new Shell(System.getenv(), Path.of(""), System.out, System.err, DirectMemory.machine(), Termination.ofProcess(),
                HangUp::run);
    }

    public Path path(String path) {
        return folder.resolve(path);
    }

    /// Says what is wrong in one line.
    public void complain(String what) {
        err.println("jigress: " + what);
    }
}
