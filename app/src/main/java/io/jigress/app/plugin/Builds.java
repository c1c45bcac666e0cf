package io.jigress.app.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Builds projects of plugins.
final class Builds {
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final int SHOWN = 16 * 1024;

    private Builds() {}

    /// How a project of a kind is built.
    static List<String> command(NewProject.Kind kind, String name) {
        return switch (kind) {
            case JAVA, JAVA_EVENT -> List.of("mvn", "-B", "-q", "package", "-DskipTests");
            case WASM_GO -> List.of("go", "build", "-mod=mod", "-buildmode=c-shared", "-o", name + ".wasm", ".");
            case WASM_RUST -> List.of("cargo", "build", "--release", "--target", "wasm32-wasip1");
            case LUA -> List.of();
        };
    }

    /// How the project in a folder is built, from the files that it has; empty when it needs no build.
    ///
    /// @param name of the plugin
    static List<String> commandOf(Path project, String name) {
        if (Files.exists(project.resolve("pom.xml"))) {
            return command(NewProject.Kind.JAVA, name);
        }
        if (Files.exists(project.resolve("go.mod"))) {
            return command(NewProject.Kind.WASM_GO, name);
        }
        return Files.exists(project.resolve("Cargo.toml")) ? command(NewProject.Kind.WASM_RUST, name) : List.of();
    }

    /// Runs a command in a folder.
    ///
    /// @return null when it has succeeded, else its output, and why it failed
    static @Nullable String run(List<String> command, Path folder) throws InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        // Maven runs on the JDK that runs the gateway: plugins are compiled for it.
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        if (command.getFirst().equals("go")) {
            builder.environment().put("GOOS", "wasip1");
            builder.environment().put("GOARCH", "wasm");
        }
        Process process;
        try {
            process = builder.start();
            process.getOutputStream().close();
        } catch (IOException e) {
            return command.getFirst() + " cannot be started: " + e.getMessage();
        }
        CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> read(process.getInputStream()),
                task -> Thread.ofVirtual().name("build-output").start(task));
        try {
            if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                return String.join(" ", command) + " was stopped after " + PATIENCE.toMinutes() + " minutes";
            }
            return process.exitValue() == 0
                    ? null
                    : output.join() + String.join(" ", command) + " failed with exit code " + process.exitValue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }
    }

    /// The end of the output.
    private static String read(InputStream in) {
        StringBuilder text = new StringBuilder();
        byte[] buffer = new byte[4096];
        try (in) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                text.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
                if (text.length() > 2 * SHOWN) {
                    text.delete(0, text.length() - SHOWN);
                }
            }
        } catch (IOException e) {
            text.append(e).append('\n');
        }
        return text.substring(Math.max(0, text.length() - SHOWN));
    }
}
