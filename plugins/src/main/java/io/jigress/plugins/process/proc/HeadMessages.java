package io.jigress.plugins.process.proc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.envoyproxy.envoy.config.core.v3.HeaderMap;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpHeaders;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import io.envoyproxy.envoy.service.ext_proc.v3.ProtocolConfiguration;
import io.jigress.plugins.process.ForwardRules;
import io.jigress.plugins.process.MessageFields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes the messages that show a head, of which there are two for each exchange: straight from the fields, since building a [ProcessingRequest] of as
/// many objects as fields would take several times as long. Event loop only; one message at a time.
final class HeadMessages {
    private static final int FIRST_BYTES = 4 * 1024;
    private static final int KEPT_BYTES = 64 * 1024;
    private static final byte KEY = tag(HeaderValue.KEY_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    private static final byte RAW_VALUE = tag(HeaderValue.RAW_VALUE_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    private static final byte FIELD = tag(HeaderMap.HEADERS_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    private static final byte FIELDS = tag(HttpHeaders.HEADERS_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    private static final byte END_OF_STREAM = tag(HttpHeaders.END_OF_STREAM_FIELD_NUMBER, WireFormat.WIRETYPE_VARINT);
    private static final byte REQUEST = tag(ProcessingRequest.REQUEST_HEADERS_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    private static final byte RESPONSE = tag(ProcessingRequest.RESPONSE_HEADERS_FIELD_NUMBER,
            WireFormat.WIRETYPE_LENGTH_DELIMITED);
    /// A tag of one byte, and the longest length.
    private static final int TAG_AND_LENGTH = 1 + 5;
    /// Before the fields: the tags and lengths of the message and of its map.
    private static final int BEFORE = 2 * TAG_AND_LENGTH;

    private final ForwardRules rules;
    private byte[] bytes = new byte[FIRST_BYTES];
    private int end;
    /// What the first message of a stream, and each later one, has beside the head.
    private final byte[] first;
    private final byte[] later;

    HeadMessages(ProcConfig config) {
        rules = config.rules().forward();
        first = first(config).build().toByteArray();
        later = later(config).build().toByteArray();
    }

    /// The tags that are used have one byte.
    private static byte tag(int field, int type) {
        return (byte) (field << 3 | type);
    }

    /// What the first message of a stream says beside the part that it shows.
    static ProcessingRequest.Builder first(ProcConfig config) {
        return later(config).setProtocolConfig(ProtocolConfiguration.newBuilder()
                .setRequestBodyMode(config.rules().mode().getRequestBodyMode())
                .setResponseBodyMode(config.rules().mode().getResponseBodyMode())
                .setSendBodyWithoutWaitingForHeaderResponse(config.envoy().getSendBodyWithoutWaitingForHeaderResponse()));
    }

    /// The same for the others.
    static ProcessingRequest.Builder later(ProcConfig config) {
        return ProcessingRequest.newBuilder().setObservabilityMode(config.envoy().getObservabilityMode());
    }

    byte[] first() {
        return first;
    }

    byte[] later() {
        return later;
    }

    /// A message with a head.
    ///
    /// @param last no body follows
    /// @param others what else the message says, without the part that it shows
    ByteBuf message(MessageFields fields, boolean response, boolean last, byte[] others) {
        end = BEFORE;
        fields.forEach(this::add);
        int fieldsLength = end - BEFORE;
        room(TAG_AND_LENGTH + others.length);
        if (last) {
            bytes[end++] = END_OF_STREAM;
            bytes[end++] = 1;
        }
        int map = before(BEFORE, FIELDS, fieldsLength);
        int from = before(map, response ? RESPONSE : REQUEST, end - map);
        System.arraycopy(others, 0, bytes, end, others.length);
        end += others.length;
        ByteBuf message = Unpooled.wrappedBuffer(Arrays.copyOfRange(bytes, from, end));
        if (bytes.length > KEPT_BYTES) {
            bytes = new byte[FIRST_BYTES];
        }
        return message;
    }

    /// @param name in lower case
    private void add(String name, String value) {
        if (!rules.forwards(name)) {
            return;
        }
        byte[] key = name.getBytes(StandardCharsets.UTF_8);
        byte[] raw = value.getBytes(StandardCharsets.ISO_8859_1);
        int length = length(key) + length(raw);
        room(TAG_AND_LENGTH + length);
        bytes[end++] = FIELD;
        varint(length);
        add(KEY, key);
        add(RAW_VALUE, raw);
    }

    /// As in [HeaderValue], whose empty fields are not sent.
    private static int length(byte[] value) {
        int length = value.length;
        return length == 0 ? 0 : 1 + CodedOutputStream.computeUInt32SizeNoTag(length) + length;
    }

    private void add(byte tag, byte[] value) {
        if (value.length > 0) {
            bytes[end++] = tag;
            varint(value.length);
            System.arraycopy(value, 0, bytes, end, value.length);
            end += value.length;
        }
    }

    /// Writes a tag and a length before a position; returns where they begin.
    private int before(int position, byte tag, int length) {
        int after = end;
        int from = position - 1 - CodedOutputStream.computeUInt32SizeNoTag(length);
        end = from;
        bytes[end++] = tag;
        varint(length);
        end = after;
        return from;
    }

    private void varint(int value) {
        int rest = value;
        for (; rest >= 0x80; rest >>>= 7) {
            bytes[end++] = (byte) (rest | 0x80);
        }
        bytes[end++] = (byte) rest;
    }

    private void room(int more) {
        if (bytes.length - end < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, end + more));
        }
    }
}
