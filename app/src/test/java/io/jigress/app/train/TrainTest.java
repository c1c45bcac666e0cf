package io.jigress.app.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.ProcessRun;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TrainTest {
    @TempDir private Path folder;

    @Test
    void theTrainingRunServesAndEnds() {
        ProcessRun process = new ProcessRun(folder);

        assertThat(process.run("train", "--seconds", "1")).as(process.err()).isZero();
        assertThat(process.err()).isEmpty();
    }
}
