package io.jigress.proxy.exchange;

import io.jigress.api.Headers;
import io.jigress.api.ListHeaders;
import io.jigress.api.Resumption;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// The queued parts of a message at one filter of a [FilterPass]: in front of it (parts that the filter has not seen yet), and with it (parts for
/// which it waits, or that it holds). Event loop only; reused for each message.
final class FilterStep {
    /// In which callback a filter waits.
    enum Wait { NONE, HEAD, BODY, TRAILERS }

    private Wait wait = Wait.NONE;
    private @Nullable Resumption awaited;

    /// In front of the filter.
    private @Nullable ByteBuf inbox;
    private boolean inboxLast;
    private @Nullable Headers inboxTrailers;

    /// With the filter: a part that waits, or what it holds together with the head.
    private @Nullable ByteBuf part;
    private boolean partLast;
    private @Nullable Headers trailers;

    private boolean lastShown;
    private boolean skipped;
    private @Nullable StepWriter writer;

    void clear() {
        wait = Wait.NONE;
        awaited = null;
        inbox = BodyPart.release(inbox);
        inboxLast = false;
        inboxTrailers = null;
        part = BodyPart.release(part);
        trailers = null;
        lastShown = false;
        skipped = false;
        StepWriter owner = writer;
        if (owner != null) {
            writer = null;
            owner.over();
        }
    }

    /// Bytes in front of the filter, and with it.
    long length() {
        return BodyPart.length(inbox) + BodyPart.length(part);
    }

    boolean isEmpty() { return wait == Wait.NONE && part == null && writer == null && !hasInput(); }

    // ---- in front

    boolean hasBytes() { return inbox != null; }

    boolean hasInput() {
        return inbox != null || inboxTrailers != null;
    }

    /// Takes ownership.
    void add(ByteBuf data, boolean last) {
        inbox = Parts.join(inbox, data);
        inboxLast = last;
    }

    /// Keeps a copy, since the decoder may reuse them for other messages.
    void add(Headers end) {
        inboxTrailers = ListHeaders.copyOf(end);
    }

    boolean isLast() { return inboxLast; }

    @Nullable Headers trailersInFront() {
        return inboxTrailers;
    }

    boolean hasTrailers() { return inboxTrailers != null; }

    long inboxLength() {
        return BodyPart.length(inbox);
    }

    /// The bytes in front; the caller owns them. Null when there are none.
    @Nullable ByteBuf take() {
        ByteBuf all = inbox;
        inbox = null;
        return all;
    }

    @Nullable Headers takeTrailers() {
        Headers all = inboxTrailers;
        inboxTrailers = null;
        return all;
    }

    // ---- with the filter

    Wait waits() {
        return wait;
    }

    boolean awaits(Resumption by) {
        return awaited == by;
    }

    void waitWithHead(Resumption by) {
        wait = Wait.HEAD;
        awaited = by;
    }

    /// Takes ownership.
    void waitWith(Resumption by, ByteBuf data, boolean last) {
        wait = Wait.BODY;
        awaited = by;
        hold(data, last);
    }

    void waitWith(Resumption by, Headers end) {
        wait = Wait.TRAILERS;
        awaited = by;
        trailers = ListHeaders.copyOf(end);
    }

    /// The filter holds the head.
    ///
    /// @param by what it may decide by before the next part comes
    void holdUntil(@Nullable Resumption by) {
        awaited = by;
    }

    /// Keeps a part; takes ownership.
    void hold(ByteBuf data, boolean last) {
        part = data;
        partLast = last;
    }

    /// The wait is over.
    Wait goOn() {
        Wait before = wait;
        wait = Wait.NONE;
        awaited = null;
        return before;
    }

    /// What the filter waited with or holds; the caller owns it. Null when there is nothing.
    @Nullable ByteBuf takePart() {
        ByteBuf all = part;
        part = null;
        return all;
    }

    boolean isPartLast() { return partLast; }

    @Nullable Headers takeAwaited() {
        Headers all = trailers;
        trailers = null;
        return all;
    }

    // ---- the filter's part in the message

    /// Whether the filter has seen the end of a body that trailers follow.
    boolean isLastShown() { return lastShown; }

    void lastShown() {
        lastShown = true;
    }

    boolean isSkipped() { return skipped; }

    /// The filter takes no part in the rest of the message; a body that it was to end is ended without it.
    void skip() {
        skipped = true;
        StepWriter owner = writer;
        if (owner != null) {
            writer = null;
            owner.over();
        }
    }

    /// The writer by which the filter sends bytes of its own; null while it sends none.
    @Nullable StepWriter writer() {
        return writer;
    }

    void writer(StepWriter owner) {
        writer = owner;
    }
}
