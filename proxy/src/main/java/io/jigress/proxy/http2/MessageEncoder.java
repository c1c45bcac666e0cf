package io.jigress.proxy.http2;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.proxy.http.FieldFlags;
import io.jigress.proxy.http.HeaderBlock;
import io.jigress.proxy.http.HopByHop;
import io.jigress.proxy.http.ReceivedRequest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Encodes the fields of messages, without connection-specific fields, and with the Content-Length of the framing. Event loop only.
final class MessageEncoder {
    private static final int NOT_PASSING = FieldFlags.REMOVED | FieldFlags.HOP | FieldFlags.LENGTH | FieldFlags.CODING
            | FieldFlags.UPGRADE;
    private static final List<HeaderName> OF_CONNECTION = List.of(HeaderName.CONNECTION, HeaderName.CONTENT_LENGTH,
            HeaderName.TRANSFER_ENCODING, HopByHop.KEEP_ALIVE, HopByHop.PROXY_CONNECTION, HopByHop.TE, HopByHop.UPGRADE);

    private static final byte[] TE_TRAILERS = "tetrailers".getBytes(StandardCharsets.ISO_8859_1);
    private static final int TE_LENGTH = 2;
    private static final String TRAILERS = "trailers";
    private static final int OK = 200;

    private MessageEncoder() {}

    /// Encodes a response's head as the block of `encoder`.
    ///
    /// @param framing a length, or below 0 for none that is to be told
    static void response(HpackEncoder encoder, HpackScratch scratch, ResponseHead head, long framing) {
        encoder.begin(scratch);
        encoder.status(head.status());
        fields(encoder, head.headers(), NOT_PASSING, false);
        if (framing >= 0) {
            encoder.contentLength(framing);
        }
    }

    /// Encodes the answer to an extended CONNECT: 200, where HTTP/1 has 101 (RFC 8441, 5).
    static void connected(HpackEncoder encoder, HpackScratch scratch, ResponseHead head) {
        encoder.begin(scratch);
        encoder.status(OK);
        fields(encoder, head.headers(), NOT_PASSING, false);
    }

    /// Encodes a request's head as the block of `encoder`.
    ///
    /// @param last no body follows
    static void request(HpackEncoder encoder, HpackScratch scratch, RequestHead head, boolean last) {
        encoder.begin(scratch);
        encoder.method(head.method());
        encoder.indexed(head.scheme().equals("https") ? StaticTable.SCHEME_HTTPS : StaticTable.SCHEME_HTTP);
        if (head instanceof ReceivedRequest received) {
            HeaderBlock block = received.fields();
            int host = block.find(HeaderName.HOST);
            if (host >= 0) {
                encoder.literal(StaticTable.AUTHORITY, block.bytes(), block.valueFrom(host), block.valueTo(host));
            }
            encoder.literal(StaticTable.PATH, block.bytes(), received.ranges().pathFrom(), received.ranges().queryTo());
        } else {
            byte[] authority = head.authority().getBytes(StandardCharsets.ISO_8859_1);
            encoder.literal(StaticTable.AUTHORITY, authority, 0, authority.length);
            byte[] target = head.target().getBytes(StandardCharsets.ISO_8859_1);
            encoder.literal(StaticTable.PATH, target, 0, target.length);
        }
        fields(encoder, head.headers(), NOT_PASSING, true);
        if (head instanceof Http2RequestHead own && own.trailersAccepted()
                || TRAILERS.equals(head.headers().first(HopByHop.TE))) {
            encoder.field(TE_TRAILERS, 0, TE_LENGTH, TE_LENGTH, TE_TRAILERS.length, HopByHop.TE_HASH);
        }
        long framing = head instanceof ReceivedRequest received ? received.framing() : head.contentLength();
        if (framing > 0 || framing == 0 && head instanceof ReceivedRequest) {
            encoder.contentLength(last ? 0 : framing);
        }
    }

    /// Encodes trailers so that they may be sent later than what is encoded afterwards; empty when no field passes.
    static byte[] trailers(HpackScratch scratch, Headers trailers) {
        HpackEncoder independent = HpackEncoder.withoutTable();
        independent.begin(scratch);
        fields(independent, trailers, NOT_PASSING | FieldFlags.TRAILER, false);
        byte[] block = Arrays.copyOf(independent.block(), independent.length());
        scratch.trimOut();
        return block;
    }

    /// @param skipped flags of fields that stay behind
    /// @param withoutHost the authority is sent by other means
    private static void fields(HpackEncoder encoder, Headers headers, int skipped, boolean withoutHost) {
        if (headers instanceof HeaderBlock block) {
            int[] index = block.index();
            byte[] bytes = block.bytes();
            for (int at = 0; at < block.indexEnd(); at += HeaderBlock.STRIDE) {
                if ((index[at + HeaderBlock.FLAGS] & skipped) == 0 && !(withoutHost && block.named(at, HeaderName.HOST))) {
                    encoder.field(bytes, index[at + HeaderBlock.NAME], index[at + HeaderBlock.NAME_END],
                            index[at + HeaderBlock.VALUE], index[at + HeaderBlock.VALUE_END], index[at + HeaderBlock.HASH]);
                }
            }
            return;
        }
        for (int i = 0; i < headers.size(); i++) {
            String name = headers.nameAt(i);
            if (passes(headers, i) && !(withoutHost && headers.isAt(i, HeaderName.HOST)) && HeaderName.isToken(name)) {
                byte[] line = (name + headers.valueAt(i)).getBytes(StandardCharsets.ISO_8859_1);
                encoder.field(line, 0, name.length(), name.length(), line.length, HeaderName.hash(line, 0, name.length()));
            }
        }
    }

    private static boolean passes(Headers headers, int i) {
        for (HeaderName name : OF_CONNECTION) {
            if (headers.isAt(i, name)) {
                return false;
            }
        }
        return true;
    }
}
