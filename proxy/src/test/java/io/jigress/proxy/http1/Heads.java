package io.jigress.proxy.http1;

import io.jigress.api.Headers;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.proxy.http.HeadLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Passes texts to the codec, whole or in parts, and shows the result as text.
final class Heads {

    private Heads() {}

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static ByteBuf buffer(String text) {
        return Unpooled.wrappedBuffer(bytes(text));
    }

    static String text(ByteBuf buffer) {
        return buffer.toString(StandardCharsets.ISO_8859_1);
    }

    static Http1RequestHead newRequest(HeadLimits limits) {
        return new HeadPool().request(limits, "http");
    }

    static Http1ResponseHead newResponse() {
        return new HeadPool().response(HeadLimits.STANDARD);
    }

    /// A request that must be accepted.
    static Http1RequestHead request(String text) {
        Http1RequestHead head = newRequest(HeadLimits.STANDARD);
        HeadState state = head.append(buffer(text));
        if (state != HeadState.COMPLETE) {
            throw new AssertionError(state + (state == HeadState.REFUSED ? " " + head.fault() : "") + ": " + text);
        }
        return head;
    }

    static Http1ResponseHead response(String text) {
        Http1ResponseHead head = newResponse();
        HeadState state = head.append(buffer(text));
        if (state != HeadState.COMPLETE) {
            throw new AssertionError(state + (state == HeadState.REFUSED ? " " + head.fault() : "") + ": " + text);
        }
        return head;
    }

    /// Appends the parts of a text that end at the given places, then the rest; shows verdict, remaining bytes and all facts.
    static String verdict(Http1Head head, String text, int... ends) {
        byte[] bytes = bytes(text);
        int from = 0;
        for (int i = 0; i <= ends.length; i++) {
            int to = i < ends.length ? ends[i] : bytes.length;
            ByteBuf part = Unpooled.wrappedBuffer(bytes, from, to - from);
            HeadState state = head.append(part);
            from = to;
            switch (state) {
                case NEED_MORE -> {
                    if (part.isReadable()) {
                        throw new AssertionError("bytes left of a head that needs more");
                    }
                }
                case REFUSED -> {
                    return "REFUSED " + head.fault();
                }
                case COMPLETE -> {
                    return "COMPLETE, left " + (part.readableBytes() + bytes.length - to) + "\n" + facts(head);
                }
            }
        }
        return "NEED_MORE";
    }

    static String facts(Http1Head head) {
        return switch (head) {
            case Http1RequestHead request -> request.method() + " " + request.path() + " ? " + request.query() + " @ "
                    + text(request, request.ranges().hostFrom(), request.ranges().hostTo()) + " : " + request.ranges().port()
                    + " 1."
                    + request.versionMinor() + " "
                    + request.framing() + " " + request.keepAlive() + request.expectContinue()
                    + !request.upgradeProtocols().isEmpty()
                    + request.trailersAccepted() + "\n"
                    + fields(request.headers());
            case Http1ResponseHead response ->
                response.status() + " 1." + response.versionMinor() + " " + response.framing(false, false) + " "
                        + response.keepAlive() + response.upgrade() + "\n" + fields(response.headers());
            case Http1Trailers trailers -> String.join("\n", fields(trailers.headers()));
        };
    }

    static String text(Http1Head head, int from, int to) {
        return new String(head.bytes(), from, to - from, StandardCharsets.ISO_8859_1);
    }

    static List<String> fields(Headers headers) {
        List<String> fields = new ArrayList<>();
        for (int i = 0; i < headers.size(); i++) {
            fields.add(headers.nameAt(i) + ": " + headers.valueAt(i));
        }
        return fields;
    }

    static String written(RequestHead head, long framing, ConnectionField connection) {
        ByteBuf out = Unpooled.buffer();
        HeadWriter.writeRequest(out, head, framing, connection);
        return text(out);
    }

    static String written(Http1RequestHead head) {
        return written(head, head.framing(), ConnectionField.NONE);
    }

    static String written(ResponseHead head, long framing, ConnectionField connection) {
        ByteBuf out = Unpooled.buffer();
        HeadWriter.writeResponse(out, head, framing, connection);
        return text(out);
    }
}
