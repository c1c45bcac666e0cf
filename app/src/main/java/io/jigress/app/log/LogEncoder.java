package io.jigress.app.log;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import io.jigress.api.Json;
import io.jigress.app.settings.KnownSettings.LogFormat;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Formats a line of the program's own log, as text or JSON. For several threads.
public final class LogEncoder extends EncoderBase<ILoggingEvent> {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSXXX", Locale.ROOT);

    private final ThrowableProxyConverter stack = new ThrowableProxyConverter();
    /// A cache: the subsystem of a logger's name never changes.
    private final Map<String, String> subsystems = new ConcurrentHashMap<>();
    private volatile LogFormat format = LogFormat.TEXT;

    void format(LogFormat now) {
        format = now;
    }

    @Override
    public void start() {
        stack.start();
        super.start();
    }

    @Override
    public byte[] headerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        String time = TIME.format(Instant.ofEpochMilli(event.getTimeStamp()).atZone(ZoneId.systemDefault()));
        String subsystem = subsystems.computeIfAbsent(event.getLoggerName(), Subsystem::of);
        String line = switch (format) {
            case TEXT -> text(event, time, subsystem);
            case JSON -> json(event, time, subsystem);
        };
        return line.getBytes(StandardCharsets.UTF_8);
    }

    private String text(ILoggingEvent event, String time, String subsystem) {
        return time + " " + (event.getLevel().levelStr + " ").substring(0, 5) + " " + subsystem + ": "
                + event.getFormattedMessage().replace("\n", "\n  ") + "\n"
                + (event.getThrowableProxy() == null ? "" : stack.convert(event));
    }

    private String json(ILoggingEvent event, String time, String subsystem) {
        Json.Builder json = Json.object().put("time", time).put("level", event.getLevel().levelStr.toLowerCase(Locale.ROOT))
                .put("subsystem", subsystem).put("message", event.getFormattedMessage()).put("thread", event.getThreadName());
        if (event.getThrowableProxy() != null) {
            json.put("stack", stack.convert(event));
        }
        return json.build() + "\n";
    }

    @Override
    public byte[] footerBytes() {
        return new byte[0];
    }
}
