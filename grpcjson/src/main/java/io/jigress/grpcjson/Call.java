package io.jigress.grpcjson;

import io.jigress.api.BodyWriter;
import io.jigress.api.Headers;
import io.jigress.grpcjson.descriptor.Field;
import io.jigress.grpcjson.descriptor.MessageType;
import io.jigress.grpcjson.rule.Binding;
import io.jigress.grpcjson.transcode.Invalid;
import io.jigress.grpcjson.transcode.JsonToProto.Parameter;
import io.jigress.grpcjson.transcode.JsonToProto.Place;
import io.jigress.grpcjson.transcode.Transcoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A call that a request makes, and what its response becomes.
final class Call {
    private static final String EVENTS = "text/event-stream";
    private static final String LINES = "application/x-ndjson";
    private static final byte[] DATA = ascii("data: ");
    private static final byte[] EVENT_END = ascii("\n\n");
    private static final byte[] ERROR_EVENT = ascii("event: error\ndata: ");
    private static final byte[] ERROR_LINE = ascii("{\"error\":");
    private static final byte[] ERROR_LINE_END = ascii("}\n");
    private static final byte[] LINE_END = ascii("\n");

    private final Transcoder transcoder;
    private final Binding binding;
    private final Place place;
    private final List<Parameter> parameters;
    private final boolean events;
    private final int maxBytes;
    private boolean sent;
    /// Of a response that has no body.
    private @Nullable CallStatus ended;
    private @Nullable Stream stream;

    /// A response with a stream.
    ///
    /// @param frames of what has come
    private record Stream(BodyWriter writer, Frames frames) {}

    /// @param events whether a stream is sent as events (SSE) in place of lines
    Call(Transcoder transcoder, Binding binding, Place place, List<Parameter> parameters, boolean events) {
        this.transcoder = transcoder;
        this.binding = binding;
        this.place = place;
        this.parameters = parameters;
        this.events = events;
        this.maxBytes = transcoder.responses().limits().bytes();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    // ---- the request

    String path() {
        return binding.method().path();
    }

    /// The body of the call. A client that streams gives a list of messages.
    Transcoded request(byte[] body) {
        MessageType input = binding.method().input();
        return binding.method().clientStreaming()
                ? transcoder.requests().requests(input, body, parameters)
                : transcoder.requests().request(input, place, body, parameters);
    }

    void sent() {
        sent = true;
    }

    boolean isSent() { return sent; }

    // ---- a response with one message

    boolean isStream() { return binding.method().serverStreaming(); }

    void ended(CallStatus status) {
        ended = status;
    }

    boolean isEnded() { return ended != null; }

    /// @param body all of it
    /// @param trailers null when there are none
    Answer answer(byte[] body, @Nullable Headers trailers) {
        CallStatus status = ended == null ? CallStatus.of(trailers) : ended;
        if (!status.isOk()) {
            return Answer.error(status, transcoder.responses());
        }
        if (isStream()) {
            return new Answer(StatusCode.OK, 200, streamType(), body, 0);
        }
        String fault = Frames.faultOfOne(body, maxBytes);
        return fault == null ? answer(body) : broken(fault);
    }

    /// @param framed the message behind the head of its frame
    private Answer answer(byte[] framed) {
        MessageType output = binding.method().output();
        Field part = binding.responseBody();
        boolean raw = part == null
                ? CallStart.isHttpBody(output)
                : part.kind().isMessage() && !part.isRepeated() && CallStart.isHttpBody(part.message());
        if (raw) {
            RawBody body = RawBody.of(Arrays.copyOfRange(framed, Frames.HEAD, framed.length), part == null ? 0 : part.number());
            return body == null
                    ? broken("the response's google.api.HttpBody is not valid")
                    : new Answer(StatusCode.OK, 200, body.contentType(), body.data(), body.data().length);
        }
        return switch (transcoder.responses().json(output, part, framed, Frames.HEAD)) {
            case Transcoded.Done(byte[] bytes, int length) -> new Answer(StatusCode.OK, 200, Answer.JSON, bytes, length);
            case Transcoded.Refused(Invalid why) -> broken(unfit(why));
        };
    }

    private String unfit(Invalid why) {
        return "the response of " + binding.method().fullName() + " cannot be shown in JSON: " + why;
    }

    private Answer broken(String what) {
        return Answer.error(new CallStatus(StatusCode.INTERNAL, what), transcoder.responses());
    }

    // ---- a response with a stream

    String streamType() {
        return events ? EVENTS : LINES;
    }

    void stream(BodyWriter to) {
        stream = new Stream(to, new Frames(maxBytes));
    }

    boolean isStreaming() { return stream != null; }

    /// The messages that a part of the body completes. When one of them cannot be read, the stream ends with an error.
    ByteBuf part(ByteBuf data) {
        ByteBuf out = Unpooled.buffer(Math.max(64, 2 * data.readableBytes()));
        ByteBuf in = data.duplicate();
        Stream open = stream;
        if (open == null || open.writer.isOver()) {
            return out;
        }
        Frames frames = open.frames;
        for (byte[] message = frames.next(in); message != null; message = frames.next(in)) {
            switch (transcoder.responses().json(binding.method().output(), binding.responseBody(), message, 0)) {
                case Transcoded.Done(byte[] bytes, int length) -> record(out, bytes, length);
                case Transcoded.Refused(Invalid why) -> {
                    return abort(open.writer, out, unfit(why));
                }
            }
        }
        String fault = frames.fault();
        return fault == null ? out : abort(open.writer, out, fault);
    }

    private void record(ByteBuf out, byte[] json, int length) {
        if (events) {
            out.writeBytes(DATA);
        }
        out.writeBytes(json, 0, length).writeBytes(events ? EVENT_END : LINE_END);
    }

    private ByteBuf abort(BodyWriter to, ByteBuf out, String what) {
        error(out, new CallStatus(StatusCode.INTERNAL, what));
        to.write(out);
        to.end();
        return Unpooled.EMPTY_BUFFER;
    }

    private void error(ByteBuf out, CallStatus status) {
        byte[] json = status.json(transcoder.responses());
        out.writeBytes(events ? ERROR_EVENT : ERROR_LINE).writeBytes(json).writeBytes(events ? EVENT_END : ERROR_LINE_END);
    }

    /// The stream is over; does nothing when it was before.
    void end(CallStatus status) {
        Stream open = stream;
        if (open == null || open.writer.isOver()) {
            return;
        }
        BodyWriter to = open.writer;
        CallStatus shown = status.isOk() && open.frames.isWithin()
                ? new CallStatus(StatusCode.INTERNAL, "the response ends within a message")
                : status;
        if (!shown.isOk()) {
            ByteBuf out = Unpooled.buffer();
            error(out, shown);
            to.write(out);
        }
        to.end();
    }
}
