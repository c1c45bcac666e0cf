package io.jigress.proxy.http1;

import io.jigress.api.FieldValue;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.proxy.http.FieldFlags;
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.HeaderBlock;
import io.jigress.proxy.http.HopByHop;
import io.jigress.proxy.http.ReceivedRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Writes heads as HTTP/1.1.
///
/// A head that a codec read goes out as runs of its stored bytes, edits included, without the fields that were for the
/// hop it came by; a head of another origin is written field by field. Framing and connection are the writer's own: what edits
/// say of Content-Length, Transfer-Encoding and Connection is not sent.
public final class HeadWriter {
    private static final byte[] VERSION = bytes("HTTP/1.1 ");
    private static final byte[] VERSION_END = bytes(" HTTP/1.1\r\n");
    private static final byte[] LENGTH = bytes("content-length: ");
    private static final byte[] CHUNKED = bytes("transfer-encoding: chunked\r\n");
    private static final byte[] NO_HOST = bytes("host: \r\n");
    private static final byte[] CRLF = bytes("\r\n");
    private static final int LINE_END = '\r' << 8 | '\n';

    private static final int HEAD_ROOM = 1024;
    /// More than start line, framing, connection and Host take beside the bytes of the head.
    private static final int OWN_LINES = 192;

    private static final List<HeaderName> HOP_BY_HOP = List.of(HeaderName.CONNECTION, HeaderName.CONTENT_LENGTH,
            HeaderName.TRANSFER_ENCODING,
            HopByHop.KEEP_ALIVE, HopByHop.PROXY_CONNECTION, HopByHop.TE);

    private HeadWriter() {}

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /// A request's head in a buffer of its own; see [#writeRequest].
    static ByteBuf request(ByteBufAllocator allocator, RequestHead head, long framing, ConnectionField connection) {
        ByteBuf out = allocator.ioBuffer();
        try {
            writeRequest(out, head, framing, connection);
            return out;
        } catch (OutOfMemoryError e) {
            out.release();
            throw e;
        }
    }

    /// The end of a chunked body with its trailers, in a buffer of its own.
    static ByteBuf lastChunk(ByteBufAllocator allocator, Headers trailers) {
        ByteBuf out = allocator.ioBuffer();
        try {
            ChunkEncoder.writeLast(out, trailers);
            return out;
        } catch (OutOfMemoryError e) {
            out.release();
            throw e;
        }
    }

    /// Appends a request's head to `out`, growing it once. Without a Host field (HTTP/1.0) an empty one is sent; the forwarder
    /// can name the endpoint by [io.jigress.proxy.http.TargetRanges#authority(byte[])].
    ///
    /// @param framing a length or a constant of [Framing]; `NONE` writes no framing field
    public static void writeRequest(ByteBuf out, RequestHead head, long framing, ConnectionField connection) {
        if (head instanceof ReceivedRequest received) {
            writeReceived(out, received, framing, connection);
            return;
        }
        String target = head.target();
        ByteBufUtil.writeAscii(out, head.method());
        out.writeByte(' ');
        writeText(out, target);
        out.writeBytes(VERSION_END);
        ByteBufUtil.writeAscii(out, "host: ");
        writeText(out, head.authority());
        out.writeBytes(CRLF);
        writeFields(out, head.headers(), true, framing, connection);
        writeEnd(out, 0, framing, connection);
    }

    private static void writeReceived(ByteBuf out, ReceivedRequest head, long framing, ConnectionField connection) {
        HeaderBlock fields = head.fields();
        String method = head.method();
        out.ensureWritable(fields.end() + method.length() + OWN_LINES);
        Http1RequestHead own = head instanceof Http1RequestHead line ? line : null;
        int lineEnd = own == null ? 0 : own.lineEnd();
        if (lineEnd == 0) {
            ByteBufUtil.writeAscii(out, method);
            out.writeByte(' ');
            if (own != null && own.isConnect()) {
                writeText(out, head.authority());
            } else {
                out.writeBytes(fields.bytes(), head.ranges().pathFrom(), head.ranges().queryTo() - head.ranges().pathFrom());
            }
            out.writeBytes(VERSION_END);
        }
        int lineFrom = own == null ? 0 : own.lineFrom();
        int kept = writeRuns(out, fields, lineFrom, lineEnd, skipped(framing, head.contentLength(), connection));
        if (head.ranges().hostFrom() == head.ranges().hostTo() && fields.find(HeaderName.HOST) < 0) {
            out.writeBytes(NO_HOST);
        }
        writeEnd(out, kept, framing, connection);
    }

    /// A response's head in a direct buffer of its own.
    ///
    /// @param room for what will follow it
    static ByteBuf response(ByteBufAllocator allocator, ResponseHead head, long framing, ConnectionField connection, int room) {
        ByteBuf out = allocator.directBuffer(HEAD_ROOM + room);
        try {
            writeResponse(out, head, framing, connection);
            return out;
        } catch (OutOfMemoryError e) {
            out.release();
            throw e;
        }
    }

    /// Appends a response's head to `out`, growing it once.
    ///
    /// @param framing a length or a constant of [Framing]; with `UNTIL_CLOSE` no framing field is written
    public static void writeResponse(ByteBuf out, ResponseHead head, long framing, ConnectionField connection) {
        if (head instanceof Http1ResponseHead received) {
            HeaderBlock fields = received.fields();
            out.ensureWritable(fields.end() + OWN_LINES);
            int lineEnd = received.lineEnd();
            if (lineEnd == 0) {
                writeStatusLine(out, received.status());
            }
            int kept = writeRuns(out, fields, 0, lineEnd, skipped(framing, received.facts.contentLength(), connection));
            writeEnd(out, kept, framing, connection);
            return;
        }
        writeStatusLine(out, head.status());
        writeFields(out, head.headers(), false, framing, connection);
        writeEnd(out, 0, framing, connection);
    }

    /// Appends a status line with the registered reason.
    public static void writeStatusLine(ByteBuf out, int status) {
        out.writeBytes(VERSION);
        writeDecimal(out, status);
        out.writeByte(' ');
        ByteBufUtil.writeAscii(out, HttpResponseStatus.valueOf(status).reasonPhrase());
        out.writeBytes(CRLF);
    }

    /// Appends the fields of a trailer section and the empty line.
    static void writeTrailers(ByteBuf out, Headers trailers) {
        if (trailers instanceof HeaderBlock fields) {
            out.ensureWritable(fields.end() + CRLF.length);
            writeRuns(out, fields, 0, 0, FieldFlags.REMOVED | FieldFlags.HOP | FieldFlags.UPGRADE | FieldFlags.TRAILER);
        } else {
            writeFields(out, trailers, true, Framing.NONE, ConnectionField.NONE);
        }
        out.writeShort(LINE_END);
    }

    /// The flags of fields that do not pass. A received framing field that still holds passes, so that runs are long.
    private static int skipped(long framing, long receivedLength, ConnectionField connection) {
        int skipped = FieldFlags.REMOVED | FieldFlags.HOP;
        if (connection != ConnectionField.UPGRADE) {
            skipped |= FieldFlags.UPGRADE;
        }
        if (framing != Framing.CHUNKED) {
            skipped |= FieldFlags.CODING | FieldFlags.TRAILER;
        }
        if (framing < 0 || framing != receivedLength) {
            skipped |= FieldFlags.LENGTH;
        }
        return skipped;
    }

    /// Writes a range and the lines that adjoin and follow it, as few copies as gaps allow; returns the flags of the lines.
    private static int writeRuns(ByteBuf out, HeaderBlock fields, int from, int to, int skipped) {
        byte[] bytes = fields.bytes();
        int[] index = fields.index();
        int indexEnd = fields.indexEnd();
        int runFrom = from;
        int runTo = to;
        int kept = 0;
        for (int at = 0; at < indexEnd; at += HeaderBlock.STRIDE) {
            int flags = index[at + HeaderBlock.FLAGS];
            if ((flags & skipped) != 0) {
                continue;
            }
            kept |= flags;
            int line = index[at + HeaderBlock.NAME];
            if (line != runTo) {
                if (runTo > runFrom) {
                    out.writeBytes(bytes, runFrom, runTo - runFrom);
                }
                runFrom = line;
            }
            runTo = index[at + HeaderBlock.LINE_END];
        }
        if (runTo > runFrom) {
            out.writeBytes(bytes, runFrom, runTo - runFrom);
        }
        return kept;
    }

    private static void writeEnd(ByteBuf out, int kept, long framing, ConnectionField connection) {
        if (framing >= 0 && (kept & FieldFlags.LENGTH) == 0) {
            out.writeBytes(LENGTH);
            writeDecimal(out, framing);
            out.writeShort(LINE_END);
        } else if (framing == Framing.CHUNKED && (kept & FieldFlags.CODING) == 0) {
            out.writeBytes(CHUNKED);
        }
        if (connection != ConnectionField.NONE) {
            out.writeBytes(connection.line());
        }
        out.writeShort(LINE_END);
    }

    private static void writeFields(ByteBuf out, Headers headers, boolean withoutHost, long framing, ConnectionField connection) {
        int size = headers.size();
        for (int i = 0; i < size; i++) {
            String name = headers.nameAt(i);
            if (passes(headers, i, withoutHost, framing, connection) && HeaderName.isToken(name)) {
                ByteBufUtil.writeAscii(out, name);
                out.writeShort(':' << 8 | ' ');
                writeText(out, headers.valueAt(i));
                out.writeShort(LINE_END);
            }
        }
    }

    private static boolean passes(Headers headers, int i, boolean withoutHost, long framing, ConnectionField connection) {
        for (int j = 0; j < HOP_BY_HOP.size(); j++) {
            if (headers.isAt(i, HOP_BY_HOP.get(j))) {
                return false;
            }
        }
        return !(withoutHost && headers.isAt(i, HeaderName.HOST))
                && (connection == ConnectionField.UPGRADE || !headers.isAt(i, HopByHop.UPGRADE))
                && (framing == Framing.CHUNKED || !headers.isAt(i, HopByHop.TRAILER));
    }

    /// Writes Latin-1; what could end a line becomes a space, should the origin not have refused it.
    private static void writeText(ByteBuf out, String text) {
        out.ensureWritable(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            out.writeByte(FieldValue.allowed(c) ? c : ' ');
        }
    }

    /// Writes a number that is not negative.
    private static void writeDecimal(ByteBuf out, long number) {
        long unit = 1;
        while (number / unit >= 10) {
            unit *= 10;
        }
        for (; unit > 0; unit /= 10) {
            out.writeByte((int) ('0' + number / unit % 10));
        }
    }
}
