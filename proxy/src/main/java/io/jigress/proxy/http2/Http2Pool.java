package io.jigress.proxy.http2;

import io.jigress.proxy.http.HeadLimits;
import java.util.ArrayDeque;

/// The heads and streams of one event loop between two uses, and the room in which its connections code header blocks. Event loop only.
final class Http2Pool {
    /// The most objects of a kind that are kept: after a burst, the memory is freed.
    private static final int KEPT = 1024;

    final HpackScratch scratch = new HpackScratch();
    final FloodLog floods = new FloodLog(System.nanoTime());
    private final ArrayDeque<Http2RequestHead> requests = new ArrayDeque<>();
    private final ArrayDeque<Http2ResponseHead> responses = new ArrayDeque<>();
    private final ArrayDeque<Http2Trailers> trailers = new ArrayDeque<>();
    private final ArrayDeque<Http2ServerStream> serverStreams = new ArrayDeque<>();

    /// @param scheme of the client's connection: `http` or `https`
    Http2RequestHead request(HeadLimits limits, String scheme) {
        Http2RequestHead pooled = requests.pollLast();
        Http2RequestHead head = pooled == null ? new Http2RequestHead(this) : pooled;
        head.begin(limits, scheme);
        return head;
    }

    Http2ResponseHead response(HeadLimits limits) {
        Http2ResponseHead pooled = responses.pollLast();
        Http2ResponseHead head = pooled == null ? new Http2ResponseHead(this) : pooled;
        head.begin(limits);
        return head;
    }

    Http2Trailers trailers(HeadLimits limits) {
        Http2Trailers pooled = trailers.pollLast();
        Http2Trailers section = pooled == null ? new Http2Trailers(this) : pooled;
        section.begin(limits);
        return section;
    }

    Http2ServerStream serverStream() {
        Http2ServerStream pooled = serverStreams.pollLast();
        return pooled == null ? new Http2ServerStream() : pooled;
    }

    /// Takes back a head without owners.
    void keep(Http2Fields head) {
        switch (head) {
            case Http2RequestHead request -> keep(requests, request);
            case Http2ResponseHead response -> keep(responses, response);
            case Http2Trailers section -> keep(trailers, section);
        }
    }

    void keep(Http2ServerStream stream) {
        keep(serverStreams, stream);
    }

    private static <T> void keep(ArrayDeque<T> pool, T used) {
        if (pool.size() < KEPT) {
            pool.addLast(used);
        }
    }
}
