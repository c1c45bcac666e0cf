package io.jigress.proxy.http2;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.ResponseHead;
import io.jigress.proxy.http.FieldFlags;
import io.jigress.proxy.http.HeaderBlock;
import io.jigress.proxy.http.HopByHop;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Encodes the fields of messages: those of a connection stay behind, and Content-Length is what the framing says. Event loop only.
final class MessageEncoder {
    private static final int NOT_PASSING = FieldFlags.REMOVED | FieldFlags.HOP | FieldFlags.LENGTH | FieldFlags.CODING
            | FieldFlags.UPGRADE;
    private static final List<HeaderName> OF_CONNECTION = List.of(HeaderName.CONNECTION, HeaderName.CONTENT_LENGTH,
            HeaderName.TRANSFER_ENCODING, HopByHop.KEEP_ALIVE, HopByHop.PROXY_CONNECTION, HopByHop.TE, HopByHop.UPGRADE);

    private MessageEncoder() {}

    /// Encodes a response's head as the block of `encoder`.
    ///
    /// @param framing a length, or below 0 for none that is to be told
    static void response(HpackEncoder encoder, HpackScratch scratch, ResponseHead head, long framing) {
        encoder.begin(scratch);
        encoder.status(head.status());
        fields(encoder, head.headers(), NOT_PASSING);
        if (framing >= 0) {
            encoder.contentLength(framing);
        }
    }

    /// Encodes trailers so that they may be sent later than what is encoded afterwards; empty when no field passes.
    static byte[] trailers(HpackScratch scratch, Headers trailers) {
        HpackEncoder independent = HpackEncoder.withoutTable();
        independent.begin(scratch);
        fields(independent, trailers, NOT_PASSING | FieldFlags.TRAILER);
        byte[] block = Arrays.copyOf(independent.block(), independent.length());
        scratch.trimOut();
        return block;
    }

    /// @param skipped flags of fields that stay behind
    static void fields(HpackEncoder encoder, Headers headers, int skipped) {
        if (headers instanceof HeaderBlock block) {
            int[] index = block.index();
            byte[] bytes = block.bytes();
            for (int at = 0; at < block.indexEnd(); at += HeaderBlock.STRIDE) {
                if ((index[at + HeaderBlock.FLAGS] & skipped) == 0) {
                    encoder.field(bytes, index[at + HeaderBlock.NAME], index[at + HeaderBlock.NAME_END],
                            index[at + HeaderBlock.VALUE], index[at + HeaderBlock.VALUE_END], index[at + HeaderBlock.HASH]);
                }
            }
            return;
        }
        for (int i = 0; i < headers.size(); i++) {
            String name = headers.nameAt(i);
            if (passes(headers, i) && HeaderName.isToken(name)) {
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
