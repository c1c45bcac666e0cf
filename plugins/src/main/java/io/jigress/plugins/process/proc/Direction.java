package io.jigress.plugins.process.proc;

import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode;
import io.envoyproxy.envoy.service.ext_proc.v3.CommonResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.CommonResponse.ResponseStatus;
import io.envoyproxy.envoy.service.ext_proc.v3.HeaderMutation;
import io.jigress.api.Body;
import io.jigress.api.BodyWriter;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.Headers;
import io.jigress.api.ResponseHead;
import io.jigress.plugins.process.HeaderEdits;
import io.jigress.plugins.process.MessageFields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One message of an exchange, request or response, on its way past a server: what was sent of it, what is waited for, and what was
/// answered. Event loop only.
///
/// The head waits for its answer. A body that is buffered is held together with the head; one that is streamed is a [Streamed]. When the server
/// may see the body before it answers the head, the head is held while the pieces are sent.
final class Direction {
    /// A body that is buffered in part is sent when it has this many bytes.
    static final int PARTIAL_BYTES = 512 * 1024;
    /// How long a body pauses with each part when the server has seen much of it and has not answered the head: what is held is bounded, and
    /// the answer is likely on its way.
    private static final Duration PACE = Duration.ofMillis(100);
    private static final Duration END_GRACE = Duration.ofMillis(50);

    private final ProcStream stream;
    private final Exchange exchange;
    private final boolean response;

    private final Waiting waiting;
    private final AnswerTimer timer;

    private boolean headAsked;
    private boolean bodyAsked;
    private boolean trailersAsked;
    /// The answer to the head, which came while the head was held for the body.
    private @Nullable CommonResponse headAnswer;
    private @Nullable Streamed streamed;
    /// The server is sent nothing more of this message.
    private boolean finished;
    /// The server has answered the body, or the part of it that was buffered.
    private boolean bodyDone;
    private boolean trailersSeen;

    Direction(ProcStream stream, Exchange exchange, boolean response) {
        this.stream = stream;
        this.exchange = exchange;
        this.response = response;
        waiting = new Waiting(exchange);
        timer = new AnswerTimer(stream);
    }

    // ---- the head

    FilterDecision head() {
        FilterDecision refusal = stream.refusal();
        if (refusal != null || !stream.isActive()) {
            return refusal == null ? FilterDecision.SKIP_BODY : refusal;
        }
        Modes modes = stream.modes(response);
        if (!modes.head()) {
            return stream.observes() ? observe(modes) : afterHead(modes);
        }
        stream.send(stream.messages.head(fields(), response, isBodiless()));
        if (stream.observes()) {
            return observe(modes);
        }
        headAsked = true;
        boolean early = !isBodiless() && (modes.isFullDuplex() || modes.body() == BodySendMode.STREAMED
                && stream.config.envoy().getSendBodyWithoutWaitingForHeaderResponse());
        if (!early) {
            timer.start();
            return waiting.await(Waiting.For.ANSWER);
        }
        streamed = new Streamed(stream, response, modes.isFullDuplex());
        return waiting.hold();
    }

    private FilterDecision observe(Modes modes) {
        return isBodiless() || modes.body() == BodySendMode.NONE && !modes.trailers()
                ? FilterDecision.SKIP_BODY
                : FilterDecision.CONTINUE;
    }

    private MessageFields fields() {
        ResponseHead answered = exchange.response();
        return response && answered != null ? MessageFields.of(answered) : MessageFields.of(exchange.request());
    }

    private long contentLength() {
        ResponseHead answered = exchange.response();
        return response && answered != null ? answered.contentLength() : exchange.request().contentLength();
    }

    private boolean isBodiless() {
        ResponseHead answered = exchange.response();
        return contentLength() == 0 || response && answered != null
                && (answered.status() == 204 || answered.status() == 304 || exchange.request().method().equals("HEAD"));
    }

    /// What becomes of the head, once it was answered or was not to be sent.
    private FilterDecision afterHead(Modes modes) {
        if (isBodiless()) {
            return FilterDecision.SKIP_BODY;
        }
        return switch (modes.body()) {
            case BUFFERED, BUFFERED_PARTIAL -> {
                dropPieces();
                yield FilterDecision.HOLD_HEAD;
            }
            case STREAMED, FULL_DUPLEX_STREAMED -> {
                Streamed pieces = streamed == null ? new Streamed(stream, response, modes.isFullDuplex()) : streamed;
                streamed = pieces;
                pieces.own(takeBody());
                yield FilterDecision.CONTINUE;
            }
            case NONE, UNRECOGNIZED -> {
                dropPieces();
                yield modes.trailers() ? FilterDecision.CONTINUE : FilterDecision.SKIP_BODY;
            }
        };
    }

    private BodyWriter takeBody() {
        return response ? exchange.takeResponseBody() : exchange.takeRequestBody();
    }

    void headAnswered(CommonResponse answer) {
        if (!headAsked) {
            stream.spurious();
            return;
        }
        headAsked = false;
        timer.stop();
        stream.succeeded();
        headAnswer = answer;
        waiting.resume((_, body, _) -> release(answer, body));
    }

    private FilterDecision onHead(CommonResponse answer) {
        String wrong = edit(fields(), answer.getHeaderMutation(), answer.getStatus() == ResponseStatus.CONTINUE_AND_REPLACE);
        if (wrong != null) {
            return stream.invalid(wrong);
        }
        if (!response) {
            stream.rematch(answer);
        }
        if (answer.getStatus() != ResponseStatus.CONTINUE_AND_REPLACE) {
            return afterHead(stream.modes(response));
        }
        finished = true;
        dropPieces();
        if (!answer.hasBodyMutation()) {
            return FilterDecision.SKIP_BODY;
        }
        BodyWriter writer = takeBody();
        writer.write(Streamed.mutated(Unpooled.EMPTY_BUFFER, answer.getBodyMutation()));
        writer.end();
        return FilterDecision.CONTINUE;
    }

    private @Nullable String edit(MessageFields fields, HeaderMutation mutation, boolean replacing) {
        HeaderEdits edits = new HeaderEdits(fields, stream.config.rules().mutation(), stream.counters::rejected,
                replacing ? HeaderEdits.Style.REPLACING : HeaderEdits.Style.SETTING);
        String wrong = edits.remove(mutation.getRemoveHeadersList());
        return wrong == null ? edits.set(mutation.getSetHeadersList()) : wrong;
    }

    // ---- the body

    FilterDecision body(Body body) {
        FilterDecision refusal = stream.refusal();
        if (refusal != null) {
            return refusal;
        }
        Streamed pieces = streamed;
        Modes modes = stream.modes(response);
        if (stream.observes()) {
            if (modes.body() == BodySendMode.STREAMED && stream.isActive()) {
                observe(body);
            }
            return FilterDecision.CONTINUE;
        }
        if (pieces != null && !pieces.isOver()) {
            return pieces.isOwned() ? piece(pieces, body) : heldPiece(pieces, body);
        }
        if (finished || bodyDone || !stream.isActive()) {
            return FilterDecision.CONTINUE;
        }
        boolean partial = modes.body() == BodySendMode.BUFFERED_PARTIAL;
        if (!partial && modes.body() != BodySendMode.BUFFERED) {
            return FilterDecision.CONTINUE;
        }
        if (!body.last() && !(partial && body.data().readableBytes() >= PARTIAL_BYTES)) {
            return FilterDecision.HOLD_HEAD;
        }
        stream.send(stream.messages.body(body.data(), response, body.last()));
        bodyAsked = true;
        timer.start();
        return waiting.await(Waiting.For.ANSWER);
    }

    private void observe(Body body) {
        if (!body.last() || body.data().isReadable()) {
            stream.send(stream.messages.body(body.data(), response, body.last()));
        } else {
            whenNoTrailersFollow(() -> {
                if (stream.isActive()) {
                    stream.send(stream.messages.body(Unpooled.EMPTY_BUFFER, response, true));
                }
            });
        }
    }

    /// An empty last part is the end of the message, or trailers follow at once.
    private void whenNoTrailersFollow(Runnable action) {
        stream.services.schedule(Duration.ZERO, () -> {
            if (!trailersSeen) {
                action.run();
            }
        });
    }

    /// A part of a body whose head was released.
    private FilterDecision piece(Streamed pieces, Body body) {
        if (!stream.isActive()) {
            // The rest passes as it is.
            if (body.last() && body.data().isReadable()) {
                pieces.passUnanswered();
                stream.services.schedule(Duration.ZERO, pieces::end);
            } else if (body.last()) {
                whenNoTrailersFollow(pieces::end);
            }
            return FilterDecision.CONTINUE;
        }
        boolean empty = !body.data().isReadable();
        if (!empty) {
            pieces.send(body.data(), body.last());
            if (!pieces.isFullDuplex()) {
                timer.start();
            }
        }
        body.replace(Unpooled.EMPTY_BUFFER);
        return afterPiece(pieces, body.last(), empty);
    }

    private FilterDecision afterPiece(Streamed pieces, boolean last, boolean empty) {
        if (last && empty) {
            whenNoTrailersFollow(() -> endPieces(pieces));
            return FilterDecision.CONTINUE;
        }
        if (last) {
            return pieces.isComplete() ? ended(pieces) : waiting.await(Waiting.For.BODY);
        }
        if (!pieces.isCongested()) {
            return FilterDecision.CONTINUE;
        }
        return waiting.await(Waiting.For.ROOM);
    }

    /// The body has ended after its last piece, and no trailers follow.
    private void endPieces(Streamed pieces) {
        if (!stream.isActive()) {
            pieces.end();
            return;
        }
        pieces.send(Unpooled.EMPTY_BUFFER, true);
        if (!pieces.isFullDuplex()) {
            timer.start();
        }
    }

    private FilterDecision ended(Streamed pieces) {
        pieces.end();
        return FilterDecision.CONTINUE;
    }

    /// All of a body so far, whose head is held until it is answered.
    private FilterDecision heldPiece(Streamed pieces, Body body) {
        if (!stream.isActive()) {
            dropPieces();
            return FilterDecision.SKIP_BODY;
        }
        ByteBuf all = body.data();
        int fresh = (int) (all.readableBytes() - pieces.sentBytes());
        if (fresh > 0) {
            pieces.send(all.slice(all.readerIndex() + all.readableBytes() - fresh, fresh), body.last());
        }
        CommonResponse answer = headAnswer;
        if (answer != null) {
            return release(answer, body);
        }
        if (!body.last()) {
            return fresh > 0 && pieces.isFarAhead() ? pace() : waiting.hold();
        }
        if (!pieces.isEndSent()) {
            // Trailers may follow, which are not seen before the head has gone on. A server that needs the end of the body first is told it.
            stream.services.schedule(END_GRACE, () -> {
                if (headAsked && stream.isActive()) {
                    pieces.send(Unpooled.EMPTY_BUFFER, true);
                }
            });
        }
        return waiting.await(Waiting.For.ANSWER);
    }

    private FilterDecision pace() {
        FilterDecision decision = waiting.await(Waiting.For.PACE);
        stream.services.schedule(PACE, () -> {
            if (waiting.isFor(Waiting.For.PACE)) {
                waiting.resume((_, body, _) -> {
                    CommonResponse answer = headAnswer;
                    return answer == null ? waiting.hold() : release(answer, body);
                });
            }
        });
        return decision;
    }

    /// The head goes on; what was held of the body comes from the server.
    private FilterDecision release(CommonResponse answer, @Nullable Body body) {
        headAnswer = null;
        FilterDecision decision = onHead(answer);
        Streamed pieces = streamed;
        if (body == null) {
            return decision;
        }
        boolean last = body.last();
        if (decision instanceof FilterDecision.HoldHead && last) {
            // The server wants the whole body after all.
            return body(body);
        }
        if (pieces == null || !pieces.isOwned() || !(decision instanceof FilterDecision.Continue)) {
            return decision;
        }
        body.replace(Unpooled.EMPTY_BUFFER);
        return afterPiece(pieces, last, last && !pieces.isEndSent());
    }

    void bodyAnswered(CommonResponse answer) {
        Streamed pieces = streamed;
        if (pieces != null && !pieces.isOver()) {
            pieceAnswered(pieces, answer);
        } else if (!bodyAsked) {
            stream.spurious();
        } else {
            bodyAsked = false;
            timer.stop();
            stream.succeeded();
            waiting.resume((_, body, _) -> onBody(answer, body));
        }
    }

    private FilterDecision onBody(CommonResponse answer, @Nullable Body body) {
        String wrong = edit(fields(), answer.getHeaderMutation(), false);
        if (wrong != null) {
            return stream.invalid(wrong);
        }
        if (!response) {
            stream.rematch(answer);
        }
        bodyDone = true;
        if (body != null && answer.hasBodyMutation()) {
            body.replace(Streamed.mutated(body.data().retain(), answer.getBodyMutation()));
        }
        return stream.modes(response).trailers() ? FilterDecision.CONTINUE : FilterDecision.SKIP_BODY;
    }

    private void pieceAnswered(Streamed pieces, CommonResponse answer) {
        if (headAsked || !pieces.answered(answer)) {
            stream.spurious();
            return;
        }
        stream.succeeded();
        if (!pieces.hasUnanswered() && !trailersAsked) {
            timer.stop();
        } else if (!pieces.isFullDuplex()) {
            timer.start();
        }
        progress(pieces);
    }

    private void progress(Streamed pieces) {
        if (waiting.isFor(Waiting.For.ROOM) && !pieces.isCongested()) {
            waiting.resume((_, _, _) -> FilterDecision.CONTINUE);
        } else if (waiting.isFor(Waiting.For.BODY) && (trailersSeen ? !pieces.hasUnanswered() : pieces.isComplete())) {
            waiting.resume((_, _, trailers) -> endWith(pieces, trailers));
        } else if (waiting.isFor(Waiting.For.NOTHING) && pieces.isOwned() && pieces.isEndSent() && pieces.isComplete()) {
            pieces.end();
        }
    }

    private static FilterDecision endWith(Streamed pieces, @Nullable Headers trailers) {
        if (trailers == null) {
            pieces.end();
        } else {
            pieces.end(ProcReplies.entries(trailers));
        }
        return FilterDecision.CONTINUE;
    }

    /// The server takes more.
    void writable() {
        Streamed pieces = streamed;
        if (pieces != null) {
            progress(pieces);
        }
    }

    private void dropPieces() {
        Streamed pieces = streamed;
        if (pieces != null && !pieces.isOwned()) {
            pieces.release();
            streamed = null;
        }
    }

    // ---- the trailers

    FilterDecision trailers(Headers trailers) {
        trailersSeen = true;
        FilterDecision refusal = stream.refusal();
        if (refusal != null) {
            return refusal;
        }
        Streamed pieces = streamed == null || streamed.isOver() ? null : streamed;
        boolean asks = stream.isActive() && !finished && stream.modes(response).trailers();
        if (asks) {
            stream.send(stream.messages.trailers(trailers, response));
            if (stream.observes()) {
                return FilterDecision.CONTINUE;
            }
            trailersAsked = true;
            if (pieces == null || !pieces.isFullDuplex()) {
                timer.start();
            }
            return waiting.await(Waiting.For.ANSWER);
        }
        if (pieces == null || stream.observes()) {
            return FilterDecision.CONTINUE;
        }
        return pieces.hasUnanswered() ? waiting.await(Waiting.For.BODY) : endWith(pieces, trailers);
    }

    void trailersAnswered(HeaderMutation mutation) {
        if (!trailersAsked || headAsked) {
            stream.spurious();
            return;
        }
        trailersAsked = false;
        timer.stop();
        stream.succeeded();
        waiting.resume((_, _, trailers) -> {
            String wrong = trailers == null ? null : edit(MessageFields.of(trailers), mutation, false);
            Streamed pieces = streamed;
            if (wrong != null) {
                return stream.invalid(wrong);
            }
            if (pieces != null) {
                pieces.passUnanswered();
                endWith(pieces, trailers);
            }
            return FilterDecision.CONTINUE;
        });
    }

    /// Gives the server more time for what it was sent last, once.
    ///
    /// @return false when nothing is waited for, or it has been given more time already
    boolean extend(Duration timeout) {
        return timer.extend(timeout);
    }

    /// The server is read again: it has the whole time from now on.
    void restartTimer() {
        timer.restart();
    }

    // ---- without the server

    /// Whether the message can go on without the server: not when the server has the only copy of its body.
    boolean canPass() {
        Streamed pieces = streamed;
        return pieces == null || !pieces.isFullDuplex() || !pieces.isOwned() || pieces.isOver() || pieces.sentBytes() == 0;
    }

    /// The server takes no part any more: the message goes on unchanged.
    void pass() {
        timer.stop();
        headAsked = false;
        bodyAsked = false;
        trailersAsked = false;
        headAnswer = null;
        dropPieces();
        Streamed pieces = streamed;
        if (pieces == null) {
            waiting.resume((_, _, trailers) -> trailers == null ? FilterDecision.SKIP_BODY : FilterDecision.CONTINUE);
            return;
        }
        pieces.passUnanswered();
        boolean room = waiting.isFor(Waiting.For.ROOM);
        boolean waited = waiting.resume((_, _, trailers) -> room ? FilterDecision.CONTINUE : endWith(pieces, trailers));
        if (!waited && pieces.isEndSent()) {
            pieces.end();
        }
    }

    /// The message is answered, or ended, by this decision.
    ///
    /// @return false when it does not wait
    boolean refuse(FilterDecision decision) {
        timer.stop();
        return waiting.resume((_, _, _) -> decision);
    }

    void close() {
        timer.stop();
        // Nothing waits any more: this stops the timer of the wait.
        refuse(FilterDecision.CONTINUE);
        Streamed pieces = streamed;
        if (pieces != null) {
            pieces.release();
        }
    }
}
