package io.jigress.sentinel.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// A [TokenPeer] in a process of its own.
public final class TokenProcess implements AutoCloseable {
    private static final int LINES_KEPT = 60;

    private final Path home;
    private final Process process;
    private final BufferedReader output;
    private final Writer input;
    private final int port;

    private TokenProcess(String role, int port) {
        this.port = port;
        try {
            home = Files.createTempDirectory("token-peer");
            process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m",
                    "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Duser.home=" + home, "--sun-misc-unsafe-memory-access=allow",
                    "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                    TokenPeer.class.getName(), role, Integer.toString(port)).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        output = process.inputReader(StandardCharsets.UTF_8);
        input = process.outputWriter(StandardCharsets.UTF_8);
        expect();
    }

    /// Sentinel's token server for the namespace `jigress`.
    public static TokenProcess server() {
        return server(freePort());
    }

    public static TokenProcess server(int port) {
        return new TokenProcess("server", port);
    }

    /// Sentinel's token client, in the namespace `jigress`.
    public static TokenProcess client(int port) {
        return new TokenProcess("client", port);
    }

    public int port() {
        return port;
    }

    /// Sends a command, and returns the answer.
    public String tell(String command) {
        try {
            input.write(command + "\n");
            input.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return expect();
    }

    private String expect() {
        List<String> log = new ArrayList<>();
        try {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith("> ")) {
                    return line.substring(2);
                }
                if (log.size() < LINES_KEPT) {
                    log.add(line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new AssertionError("the process has ended:\n" + String.join("\n", log));
    }

    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
