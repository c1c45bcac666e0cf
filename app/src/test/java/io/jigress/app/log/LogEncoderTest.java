package io.jigress.app.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.jigress.app.settings.KnownSettings.LogFormat;
import io.jigress.control.JsonParser;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LogEncoderTest {
    private static final String POOL = "io.jigress.proxy.upstream.EndpointPool";

    private final LogEncoder encoder = new LogEncoder();
    private final LoggerContext context = new LoggerContext();

    private String line(String logger, Level level, String message, @Nullable Throwable thrown) {
        encoder.start();
        LoggingEvent event = new LoggingEvent("", context.getLogger(logger), level, message, thrown, null);
        event.setTimeStamp(1_764_126_245_006L);
        return new String(encoder.encode(event), StandardCharsets.UTF_8);
    }

    @Test
    void aLineHasDateZoneLevelAndSubsystem() {
        String line = line(POOL, Level.WARN, "it broke", null);

        assertThat(line).matches("\\S+ WARN  upstream: it broke\n");
        assertThat(OffsetDateTime.parse(line.substring(0, line.indexOf(' '))).toInstant().toEpochMilli())
                .isEqualTo(1_764_126_245_006L);
        assertThat(line(POOL, Level.ERROR, "it broke", new IllegalStateException("so")))
                .contains("ERROR upstream: it broke\njava.lang.IllegalStateException: so\n\tat ");
    }

    @Test
    void jsonIsOneLine() {
        encoder.format(LogFormat.JSON);
        String line = line(POOL, Level.WARN, "it \"broke\"\nin two", new IllegalStateException("so"));

        assertThat(line).endsWith("}\n").containsOnlyOnce("\n").contains("\"level\":\"warn\"", "\"subsystem\":\"upstream\"",
                "\"message\":\"it \\\"broke\\\"\\nin two\"", "\"stack\":\"java.lang.IllegalStateException: so\\n");
        assertThat(JsonParser.parse(line.getBytes(StandardCharsets.UTF_8))).isInstanceOf(JsonParser.Result.Parsed.class);
    }

    @Test
    void aLoggerBelongsToTheMostPreciseSubsystem() {
        assertThat(Subsystem.of("io.jigress.app.run.Wiring")).isEqualTo("gateway");
        assertThat(Subsystem.of("io.jigress.app.run.ProblemLog")).isEqualTo("config");
        assertThat(Subsystem.of("io.jigress.proxy.Gateway")).isEqualTo("gateway");
        assertThat(Subsystem.of("io.jigress.proxy.upstream.DnsDirectory")).isEqualTo("dns");
        assertThat(Subsystem.of("io.jigress.sources.folder.FolderSource")).isEqualTo("folder");
        assertThat(Subsystem.of("io.netty.channel.AbstractChannel")).isEqualTo("netty");
        assertThat(Subsystem.of("org.example.Some")).isEqualTo("Some");
    }

    @Test
    void theManualListsEverySubsystem() throws Exception {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("docs/promises.md"))) {
            root = root.getParent();
        }
        String page = Files.readString(root.resolve("docs/logging.md"));
        for (Subsystem subsystem : Subsystem.values()) {
            assertThat(page).contains("| `" + subsystem.label() + "` | " + subsystem.about() + " |");
        }
    }
}
