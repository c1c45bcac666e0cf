package io.jigress.testkit;

import io.jigress.api.BodyWriter;
import io.jigress.api.HeaderName;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A [BodyWriter] that keeps what a filter under test sends. Not thread-safe.
public final class RecordedBody implements BodyWriter {
    private final StringBuilder text = new StringBuilder();
    private List<Map.Entry<HeaderName, String>> trailers = List.of();
    private @Nullable Runnable onWritable;
    private boolean writable = true;
    private boolean ended;

    /// What was sent so far.
    public String text() {
        return text.toString();
    }

    /// The trailers that ended the body.
    public List<Map.Entry<HeaderName, String>> trailers() {
        return trailers;
    }

    /// Sets whether the body is writable; when it becomes writable, the filter is called.
    public void writable(boolean yes) {
        boolean again = yes && !writable;
        writable = yes;
        Runnable action = onWritable;
        if (again && action != null) {
            action.run();
        }
    }

    @Override
    public boolean write(ByteBuf data) {
        if (!ended) {
            text.append(data.toString(StandardCharsets.UTF_8));
        }
        data.release();
        return !ended;
    }

    @Override
    public void end() {
        ended = true;
    }

    @Override
    public void end(List<Map.Entry<HeaderName, String>> fields) {
        if (!ended) {
            ended = true;
            trailers = fields;
        }
    }

    @Override
    public boolean writable() {
        return writable && !ended;
    }

    @Override
    public void onWritable(Runnable action) {
        onWritable = action;
    }

    @Override
    public boolean isOver() { return ended; }
}
