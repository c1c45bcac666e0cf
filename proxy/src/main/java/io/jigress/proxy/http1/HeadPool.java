package io.jigress.proxy.http1;

import io.jigress.proxy.http.HeadLimits;
import java.util.ArrayDeque;
import java.util.List;

/// The heads of one event loop: taken at a message's first byte, given back when its exchange is over, so that idle
/// connections hold none and steady traffic makes none.
///
/// A head that was released and taken again serves another message; whoever hands views to others compares
/// [io.jigress.proxy.http.HeaderBlock#generation].
public final class HeadPool {
    /// More than this many of a kind are left to the collector; a burst must not be paid for ever.
    private static final int KEPT = 256;

    private final ArrayDeque<Http1RequestHead> requests = new ArrayDeque<>();
    private final ArrayDeque<Http1ResponseHead> responses = new ArrayDeque<>();
    private final ArrayDeque<Http1Trailers> trailers = new ArrayDeque<>();

    /// @param scheme of the client's connection: `http` or `https`
    public Http1RequestHead request(HeadLimits limits, String scheme) {
        Http1RequestHead pooled = requests.pollLast();
        Http1RequestHead head = pooled == null ? new Http1RequestHead(this) : pooled;
        head.begin(limits, scheme);
        return head;
    }

    public Http1ResponseHead response(HeadLimits limits) {
        Http1ResponseHead pooled = responses.pollLast();
        Http1ResponseHead head = pooled == null ? new Http1ResponseHead(this) : pooled;
        head.begin(limits);
        return head;
    }

    Http1Trailers trailers(HeadLimits limits) {
        Http1Trailers pooled = trailers.pollLast();
        Http1Trailers section = pooled == null ? new Http1Trailers(this) : pooled;
        section.begin(limits);
        return section;
    }

    /// How many heads wait for their next use.
    public int size() {
        return requests.size() + responses.size() + trailers.size();
    }

    /// What those take of the heap, nearly.
    public long bytes() {
        long bytes = 0;
        for (ArrayDeque<? extends Http1Head> pool : List.of(requests, responses, trailers)) {
            for (Http1Head head : pool) {
                bytes += head.fields.storage();
            }
        }
        return bytes;
    }

    /// Takes back a head without owners.
    void keep(Http1Head head) {
        switch (head) {
            case Http1RequestHead request -> keep(requests, request);
            case Http1ResponseHead response -> keep(responses, response);
            case Http1Trailers section -> keep(trailers, section);
        }
    }

    private static <T> void keep(ArrayDeque<T> pool, T head) {
        if (pool.size() < KEPT) {
            pool.addLast(head);
        }
    }
}
