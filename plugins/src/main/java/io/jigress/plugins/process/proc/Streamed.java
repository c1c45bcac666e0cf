package io.jigress.plugins.process.proc;

import io.envoyproxy.envoy.service.ext_proc.v3.BodyMutation;
import io.envoyproxy.envoy.service.ext_proc.v3.CommonResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.StreamedBodyResponse;
import io.jigress.api.BodyWriter;
import io.jigress.api.HeaderName;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A body that is sent to a server piece by piece, and replaced by what the server answers: each piece by its answer (STREAMED), or all of them
/// by any number of pieces (FULL_DUPLEX_STREAMED). Event loop only.
final class Streamed {
    /// More unanswered bytes, or bytes that the receiver does not take, stop the sender.
    private static final int BACKLOG = 256 * 1024;

    private final ProcStream stream;
    private final boolean response;
    private final boolean fullDuplex;
    /// The pieces that are not answered, oldest first; empty in full duplex.
    private final ArrayDeque<ByteBuf> unanswered = new ArrayDeque<>();
    private long unansweredBytes;
    /// What the server sent before the head was released.
    private final ArrayDeque<ByteBuf> early = new ArrayDeque<>();
    private long earlyBytes;
    private @Nullable BodyWriter writer;
    private long sentBytes;
    private boolean endSent;
    private boolean serverEnded;
    private boolean over;

    Streamed(ProcStream stream, boolean response, boolean fullDuplex) {
        this.stream = stream;
        this.response = response;
        this.fullDuplex = fullDuplex;
    }

    // ---- its state

    boolean isFullDuplex() { return fullDuplex; }

    /// Whether the receiver gets what the server answers, since the head was released.
    boolean isOwned() { return writer != null; }

    boolean isOver() { return over; }

    long sentBytes() {
        return sentBytes;
    }

    boolean isEndSent() { return endSent; }

    boolean hasUnanswered() {
        return !unanswered.isEmpty();
    }

    /// Whether everything was answered.
    boolean isComplete() { return fullDuplex ? serverEnded : endSent && unanswered.isEmpty(); }

    /// Whether the server has been sent much of which it has sent nothing back.
    boolean isFarAhead() { return sentBytes > BACKLOG || isCongested(); }

    boolean isCongested() { return unansweredBytes > BACKLOG || !stream.isWritable(); }

    // ---- to the server

    /// Sends a piece.
    ///
    /// @param data borrowed
    void send(ByteBuf data, boolean end) {
        sentBytes += data.readableBytes();
        endSent = end;
        if (!fullDuplex) {
            // The bytes are kept for the answer that does not change them.
            unanswered.add(writer == null ? Unpooled.copiedBuffer(data) : data.retainedSlice());
            unansweredBytes += data.readableBytes();
        }
        stream.send(stream.messages.body(data, response, end));
    }

    // ---- to the receiver

    /// The head was released: what the server answers goes to the receiver from now on.
    void own(BodyWriter receiver) {
        writer = receiver;
        receiver.onWritable(() -> stream.reading(true));
        for (ByteBuf piece = early.poll(); piece != null; piece = early.poll()) {
            write(piece);
        }
        earlyBytes = 0;
        if (receiver.writable()) {
            stream.reading(true);
        }
    }

    /// Takes an answer.
    ///
    /// @return false when it does not fit
    boolean answered(CommonResponse answer) {
        BodyMutation mutation = answer.getBodyMutation();
        if (fullDuplex) {
            if (!mutation.hasStreamedResponse() || serverEnded) {
                return false;
            }
            StreamedBodyResponse piece = mutation.getStreamedResponse();
            serverEnded = piece.getEndOfStream();
            write(Unpooled.wrappedBuffer(piece.getBody().toByteArray()));
            return true;
        }
        ByteBuf piece = unanswered.poll();
        if (piece == null || mutation.hasStreamedResponse()) {
            if (piece != null) {
                piece.release();
            }
            return false;
        }
        unansweredBytes -= piece.readableBytes();
        write(mutated(piece, mutation));
        return true;
    }

    /// The bytes that a server puts in the place of others.
    ///
    /// @param bytes takes ownership
    static ByteBuf mutated(ByteBuf bytes, BodyMutation mutation) {
        return switch (mutation.getMutationCase()) {
            case BODY -> {
                bytes.release();
                yield Unpooled.wrappedBuffer(mutation.getBody().toByteArray());
            }
            case CLEAR_BODY -> {
                if (mutation.getClearBody()) {
                    bytes.release();
                    yield Unpooled.EMPTY_BUFFER;
                }
                yield bytes;
            }
            case STREAMED_RESPONSE, MUTATION_NOT_SET -> bytes;
        };
    }

    /// Takes ownership.
    private void write(ByteBuf bytes) {
        BodyWriter receiver = writer;
        if (!bytes.isReadable()) {
            bytes.release();
        } else if (receiver == null) {
            earlyBytes += bytes.readableBytes();
            early.add(bytes);
            if (earlyBytes > BACKLOG) {
                stream.reading(false);
            }
        } else {
            receiver.write(bytes);
            if (!receiver.writable() && !receiver.isOver()) {
                stream.reading(false);
            }
        }
    }

    /// Sends what was not answered as it is: the server takes no part any more.
    void passUnanswered() {
        for (ByteBuf piece = unanswered.poll(); piece != null; piece = unanswered.poll()) {
            write(piece);
        }
        unansweredBytes = 0;
    }

    /// The body ends with what was written.
    void end() {
        end(List.of());
    }

    void end(List<Map.Entry<HeaderName, String>> trailers) {
        BodyWriter receiver = writer;
        if (!over && receiver != null) {
            over = true;
            stream.reading(true);
            if (trailers.isEmpty()) {
                receiver.end();
            } else {
                receiver.end(trailers);
            }
        }
    }

    /// Drops what it holds.
    void release() {
        unanswered.forEach(ByteBuf::release);
        unanswered.clear();
        early.forEach(ByteBuf::release);
        early.clear();
    }
}
