package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.cli.Shell;
import io.jigress.app.cli.Termination;
import io.jigress.app.settings.Setting.Machine;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// Runs the program inside a test: with the test's environment, keeping its output.
public final class ProcessRun {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Map<String, String> environment = new HashMap<>();
    private final Termination termination = new Termination();
    private final Path folder;
    private volatile Runnable hangUp = () -> {
        throw new AssertionError("the command does not listen to SIGHUP");
    };

    public ProcessRun(Path folder) {
        this.folder = folder;
    }

    public ProcessRun with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /// @return the exit code
    public int run(String... arguments) {
        Shell shell = new Shell(environment, folder, new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8), new Machine(2, 512 << 20), termination,
                action -> hangUp = action);
        return Main.run(shell, arguments);
    }

    /// Acts as SIGHUP.
    public void hangUp() {
        hangUp.run();
    }

    /// Acts as SIGTERM.
    public void terminate() {
        termination.request();
    }

    /// Waits until the command has started.
    public void awaitRunning() throws InterruptedException {
        assertThat(termination.awaited(30)).as("started; on standard error: %s", err()).isTrue();
    }

    public String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    public String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
