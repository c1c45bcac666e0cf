package io.jigress.api.blocking;

import io.jigress.api.Headers;
import io.jigress.api.ResponseHead;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A copy of a response, as [BlockingRequest] of a request.
public final class BlockingResponse {
    private static final byte[] NONE = {};

    private final int received;
    private final RecordedHeaders headers;
    private int status;
    private byte[] body = NONE;
    private byte @Nullable [] newBody;

    BlockingResponse(ResponseHead head) {
        received = head.status();
        status = received;
        headers = new RecordedHeaders(head.headers());
    }

    public int status() {
        return status;
    }

    /// @param changed 200 to 999
    public void status(int changed) {
        if (changed < 200 || changed > 999) {
            throw new IllegalArgumentException("status: " + changed + " (expected: 200 to 999)");
        }
        status = changed;
    }

    /// The fields, with the changes of this call.
    public Headers headers() {
        return headers;
    }

    /// The body; empty when the response has none, and when the filter does not see bodies ([BlockingLimits#responseBody]). Do not change the
    /// array.
    public byte[] body() {
        byte[] changed = newBody;
        return changed == null ? body : changed;
    }

    /// Replaces the body.
    ///
    /// @throws IllegalStateException when the filter does not see bodies
    public void body(byte[] bytes) {
        if (body == NONE) {
            throw new IllegalStateException("the filter does not see bodies of responses (BlockingLimits.responseBody is 0)");
        }
        newBody = bytes;
    }

    // ---- for the event loop

    /// @param bytes of its own, even of an empty body
    void received(byte[] bytes) {
        body = bytes;
    }

    List<Consumer<ResponseHead>> takeChanges() {
        List<Consumer<ResponseHead>> all = new ArrayList<>(0);
        if (status != received) {
            int changed = status;
            all.add(head -> head.status(changed));
        }
        headers.changes().forEach(change -> all.add(head -> change.accept(head.headers())));
        return all;
    }

    byte @Nullable [] changedBody() {
        return newBody;
    }
}
