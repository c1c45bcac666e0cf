package io.jigress.sources.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedEndpointsTest {
    private static final Map<String, List<Endpoint>> LISTS = Map.of("a/b",
            List.of(new Endpoint("10.0.0.1", 80, 3, "z", Map.of("version", "1"))));

    @TempDir private Path folder;

    @Test
    void whatIsWrittenIsRead() {
        SavedEndpoints.in(folder).write(LISTS);
        assertThat(SavedEndpoints.in(folder).load()).isEqualTo(LISTS);
    }

    @Test
    void aFailedWriteLeavesNothingBehind() throws IOException {
        // A file cannot take the place of a folder that is not empty.
        Files.createDirectories(folder.resolve("registries.state/x"));
        SavedEndpoints.in(folder).write(LISTS);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(folder.resolve("registries.state"));
        }
    }

    @Test
    void aFileWithAWrongFieldCountsAsEmpty() throws IOException {
        Files.writeString(folder.resolve("registries.state"),
                "{\"services\":[{\"service\":\"a/b\",\"endpoints\":[{\"address\":\"10.0.0.1\",\"port\":\"80\"}]}]}");
        assertThat(SavedEndpoints.in(folder).load()).isEmpty();
    }
}
