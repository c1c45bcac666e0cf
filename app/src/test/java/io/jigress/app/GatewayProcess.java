package io.jigress.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The program in a process of its own, run as the launcher runs it: for behaviour that a JVM decides once, or that would affect the
/// test's own JVM.
public final class GatewayProcess implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 30;
    private static final List<String> JVM = List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
            "-Dio.netty.noUnsafe=false", "-Dio.netty.iouring.pollAddMultishotEnabled=false",
            "-Dio.netty.allocator.directMemoryCacheAlignment=64",
            "-XX:+UseParallelGC", "-XX:+ExitOnOutOfMemoryError",
            "-Dlogback.configurationFile=logback.xml");
    private static final Pattern ADMIN = Pattern.compile("admin port on http://127\\.0\\.0\\.1:(\\d+)/");

    private final Process process;
    private final List<String> log = new ArrayList<>();
    private final List<String> out = new ArrayList<>();

    private GatewayProcess(Process process) {
        this.process = process;
        Thread.ofPlatform().daemon().start(() -> collect(process.errorReader(), log));
        Thread.ofPlatform().daemon().start(() -> collect(process.inputReader(), out));
    }

    /// Starts `run` on the loopback with an admin port of its own, and returns when it serves.
    ///
    /// @param wrapper a command that runs another, such as `taskset -c 0`
    /// @param jvm options of the JVM
    public static GatewayProcess run(List<String> wrapper, List<String> jvm, Path folder, String... arguments) {
        List<String> command = new ArrayList<>(wrapper);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM);
        command.addAll(jvm);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.jigress.app.Main", "run", "--admin",
                "127.0.0.1:0", "--set", "gateway.address=127.0.0.1"));
        command.addAll(List.of(arguments));
        try {
            GatewayProcess started = new GatewayProcess(new ProcessBuilder(command).directory(folder.toFile()).start());
            started.await(": ready");
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void collect(BufferedReader reader, List<String> lines) {
        try (Stream<String> all = reader.lines()) {
            all.forEach(line -> {
                synchronized (this) {
                    lines.add(line);
                    notifyAll();
                }
            });
        } catch (UncheckedIOException _) {
            // The process was ended.
        }
        synchronized (this) {
            notifyAll();
        }
    }

    /// Waits for a line that contains this text.
    public synchronized void await(String words) throws IOException {
        long deadline = System.nanoTime() + Duration.ofSeconds(PATIENCE_SECONDS).toNanos();
        try {
            while (log.stream().noneMatch(line -> line.contains(words))) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0 || !process.isAlive()) {
                    process.destroyForcibly();
                    throw new IOException("it does not say \"" + words + "\" but " + log);
                }
                wait(Math.min(left, 1000));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted");
        }
    }

    public int adminPort() {
        Matcher port = ADMIN.matcher(String.join("\n", log()));
        if (!port.find()) {
            throw new AssertionError("no admin port in " + log());
        }
        return Integer.parseInt(port.group(1));
    }

    /// Sends it SIGHUP.
    public void hangUp() throws IOException, InterruptedException {
        if (new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start().waitFor() != 0) {
            throw new AssertionError("kill failed");
        }
    }

    public boolean isAlive() { return process.isAlive(); }

    /// Its output to standard error so far.
    public synchronized List<String> log() {
        return List.copyOf(log);
    }

    /// Its output to standard output so far.
    public synchronized List<String> out() {
        return List.copyOf(out);
    }

    /// Sends SIGTERM.
    ///
    /// @return the exit code
    public int end() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("it does not end; its log: " + log());
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
