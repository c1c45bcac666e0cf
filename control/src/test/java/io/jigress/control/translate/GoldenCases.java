package io.jigress.control.translate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The golden cases of this room: `golden/<topic>/<case>.in.yaml` with `.out.yaml` beside it.
final class GoldenCases {
    private GoldenCases() {}

    static Path root() {
        Path here = Path.of("src/test/resources/golden");
        return Files.isDirectory(here) ? here : Path.of("control").resolve(here);
    }

    static List<Path> files(String suffix) {
        try (Stream<Path> files = Files.walk(root())) {
            return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Path> inputs() {
        return files(".in.yaml");
    }

    static Path output(Path input) {
        return input.resolveSibling(input.getFileName().toString().replace(".in.yaml", ".out.yaml"));
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
