package io.jigress.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditFileTest {
    @TempDir private Path folder;

    @Test
    void aFullDiskLosesLinesAndTheNextOneBeginsOnALineOfItsOwn() throws IOException {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.exists(full), "skipped: there is no /dev/full");
        Path link = folder.resolve("audit.log");
        Path file = folder.resolve("file.log");
        Files.writeString(file, "{\"a\":1}\n{\"torn");
        Files.createSymbolicLink(link, full);
        try (AuditFile audit = new AuditFile(link)) {
            audit.write(Json.object().put("lost", true).build());
        }
        Files.delete(link);
        Files.createSymbolicLink(link, file);
        try (AuditFile audit = new AuditFile(link)) {
            audit.write(Json.object().put("b", 2).build());
        }
        assertThat(Files.readAllLines(file)).containsExactly("{\"a\":1}", "{\"torn", "{\"b\":2}");
    }
}
