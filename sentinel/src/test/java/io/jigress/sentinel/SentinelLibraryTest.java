package io.jigress.sentinel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SentinelLibraryTest {
    /// The threads of the JDK.
    private static final List<String> OF_JAVA = List.of("Attach Listener", "Common-Cleaner", "Finalizer", "Notification Thread",
            "Reference Handler", "Signal Dispatcher", "main");

    @Test
    void aProcessGetsOneThreadAndNoFilesAndNothingOnTheConsole(@TempDir Path home) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m",
                "--sun-misc-unsafe-memory-access=allow",
                "-Duser.home=" + home, "-cp", System.getProperty("java.class.path"), QuietStart.class.getName())
                .redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output.lines().filter(line -> !OF_JAVA.contains(line))).containsExactly("sentinel-time-tick-thread");
        try (Stream<Path> files = Files.walk(home)) {
            assertThat(files).containsExactly(home);
        }
    }
}
