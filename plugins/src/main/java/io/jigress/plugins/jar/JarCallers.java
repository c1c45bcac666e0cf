package io.jigress.plugins.jar;

import io.jigress.api.CallLimits;
import io.jigress.api.CallRequest;
import io.jigress.api.CallResult;
import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.Services;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamCallers;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.function.Consumer;

/// Calls of a plugin to clusters by the names of its configuration; the callbacks run behind the guard.
record JarCallers(JarFilter filter, UpstreamCallers callers, Map<String, String> backends) implements UpstreamCallers {

    /// A name that is not configured is no cluster.
    private String cluster(String name) {
        return backends.getOrDefault(name, "");
    }

    @Override
    public UpstreamCall http(String cluster, CallRequest request, boolean last, CallLimits limits, ResponseSink sink) {
        return callers.http(cluster(cluster), request, last, limits, new WatchedSink(filter, sink));
    }

    @Override
    public Services.Cancellable unary(String cluster, CallRequest request, ByteBuf body, CallLimits limits, int maxResponseBytes,
            Consumer<CallResult> result) {
        return callers.unary(cluster(cluster), request, body, limits, maxResponseBytes,
                outcome -> filter.run(() -> result.accept(outcome)));
    }

    @Override
    public UpstreamCall channel(String cluster, CallLimits limits, ResponseSink sink) {
        return callers.channel(cluster(cluster), limits, new WatchedSink(filter, sink));
    }

    /// What the plugin throws in it ends the call.
    private record WatchedSink(JarFilter filter, ResponseSink sink) implements ResponseSink {

        private void run(Runnable part) {
            filter.enter();
            try {
                part.run();
            } finally {
                filter.leave();
            }
        }

        @Override
        public void informational(ResponseHead head) {
            run(() -> sink.informational(head));
        }

        @Override
        public void head(ResponseHead head, boolean last) {
            run(() -> sink.head(head, last));
        }

        @Override
        public void switched(ResponseHead head) {
            run(() -> sink.switched(head));
        }

        @Override
        public void body(ByteBuf data, boolean last) {
            run(() -> sink.body(data, last));
        }

        @Override
        public void trailers(Headers trailers) {
            run(() -> sink.trailers(trailers));
        }

        @Override
        public void failed(ProxyFailure failure) {
            run(() -> sink.failed(failure));
        }

        @Override
        public void writable() {
            run(sink::writable);
        }
    }
}
