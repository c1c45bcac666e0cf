package io.jigress.dubbo;

import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Records the events of a call, one line each.
final class RecordingSink implements ResponseSink {
    private final List<String> events = new ArrayList<>();

    List<String> events() {
        return events;
    }

    @Override
    public void informational(ResponseHead head) {
        events.add(Integer.toString(head.status()));
    }

    @Override
    public void switched(ResponseHead head) {
        head(head, false);
    }

    @Override
    public void head(ResponseHead head, boolean last) {
        events.add(head.status() + (last ? " end" : ""));
    }

    @Override
    public void body(ByteBuf data, boolean last) {
        events.add(data.toString(StandardCharsets.UTF_8) + (last ? " end" : ""));
        data.release();
    }

    @Override
    public void trailers(Headers trailers) {
        events.add("trailers");
    }

    @Override
    public void failed(ProxyFailure failure) {
        events.add(failure.kind() + " " + failure.detail() + (failure.retryable() ? " retryable" : ""));
    }

    @Override
    public void writable() {
        events.add("writable");
    }
}
