package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Records the events of a call's sink, as text.
class EventSink implements ResponseSink {
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

    /// The next event; waits for it.
    String next() {
        try {
            String event = events.poll(10, TimeUnit.SECONDS);
            assertThat(event).as("an event within 10 s").isNotNull();
            return event;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    boolean isSilent() { return events.isEmpty(); }

    @Override
    public void informational(ResponseHead head) {
        events.add("informational " + head.status());
    }

    @Override
    public void head(ResponseHead head, boolean last) {
        events.add("head " + head.status() + (last ? " last" : ""));
    }

    @Override
    public void switched(ResponseHead head) {
        events.add("switched " + head.status());
    }

    @Override
    public void body(ByteBuf data, boolean last) {
        String text = data.toString(StandardCharsets.ISO_8859_1);
        data.release();
        events.add("body " + text + (last ? " last" : ""));
    }

    @Override
    public void trailers(Headers trailers) {
        events.add("trailers " + trailers.toString().strip());
    }

    @Override
    public void failed(ProxyFailure failure) {
        events.add("failed " + failure.kind() + " " + failure.detail());
    }

    @Override
    public void writable() {
        events.add("writable");
    }
}
