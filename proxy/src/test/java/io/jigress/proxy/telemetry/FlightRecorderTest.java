package io.jigress.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FlightRecorderTest {
    @TempDir private Path folder;

    @Test
    void anExchangeIsRecordedWhenAsked() throws IOException {
        try (Recording recording = new Recording()) {
            recording.enable("io.jigress.Exchange").withThreshold(Duration.ZERO);
            recording.start();
            Records.served();
            assertThat(events(recording)).singleElement().satisfies(event -> {
                assertThat(event.getString("route")).isEqualTo("HTTPRoute default/shop rule 0");
                assertThat(event.getInt("status")).isEqualTo(200);
                assertThat(event.getString("endpoint")).isEqualTo("10.0.0.9:8080");
                assertThat(event.getString("flag")).isEmpty();
            });
        }
    }

    @Test
    void aQuickExchangeStaysBelowTheThreshold() throws IOException {
        try (Recording recording = new Recording()) {
            recording.enable("io.jigress.Exchange").withThreshold(Duration.ofHours(1));
            recording.start();
            Records.served();
            assertThat(events(recording)).isEmpty();
        }
    }

    @Test
    void anExchangeIsNotRecordedUnlessAsked() throws IOException {
        try (Recording recording = new Recording()) {
            recording.start();
            Records.served();
            assertThat(events(recording)).isEmpty();
        }
    }

    @Test
    void anApplyIsRecorded() throws IOException {
        try (Recording recording = new Recording()) {
            recording.enable("io.jigress.Apply").withThreshold(Duration.ZERO);
            recording.start();
            ApplyEvent event = new ApplyEvent();
            event.begin();
            event.done(42, 3, 1_000, 2_000);
            assertThat(events(recording)).singleElement().satisfies(told -> {
                assertThat(told.getLong("revision")).isEqualTo(42);
                assertThat(told.getInt("changedRoutes")).isEqualTo(3);
                assertThat(told.getDuration("compileNanos")).isEqualTo(Duration.ofNanos(1_000));
                assertThat(told.getDuration("swapNanos")).isEqualTo(Duration.ofNanos(2_000));
            });
        }
    }

    private List<RecordedEvent> events(Recording recording) throws IOException {
        recording.stop();
        Path file = folder.resolve("recording.jfr");
        recording.dump(file);
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("io.jigress.")).toList();
    }
}
