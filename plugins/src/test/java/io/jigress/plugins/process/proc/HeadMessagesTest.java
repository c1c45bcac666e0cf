package io.jigress.plugins.process.proc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpHeaders;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import io.jigress.api.HeaderName;
import io.jigress.api.ListHeaders;
import io.jigress.plugins.process.MessageFields;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestRequestHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The messages that are written without protobuf's classes, read by protobuf's classes.
class HeadMessagesTest {

    private static ProcConfig config(String config) {
        return FilterTester.parse(new ProcFactory(), "{'backends': {'server': 's'}, 'config': " + config + "}");
    }

    /// The message as protobuf's classes make it.
    private static ProcessingRequest built(ProcConfig config, MessageFields fields, boolean response, boolean last, byte[] others)
            throws InvalidProtocolBufferException {
        HttpHeaders head = HttpHeaders.newBuilder().setHeaders(fields.toMap(config.rules().forward())).setEndOfStream(last)
                .build();
        ProcessingRequest.Builder message = ProcessingRequest.parseFrom(others).toBuilder();
        return (response ? message.setResponseHeaders(head) : message.setRequestHeaders(head)).build();
    }

    private static void check(ProcConfig config, HeadMessages messages, MessageFields fields, boolean response, boolean last,
            byte[] others) throws InvalidProtocolBufferException {
        ByteBuf message = messages.message(fields, response, last, others);
        ProcessingRequest expected = built(config, fields, response, last, others);
        byte[] bytes = ByteBufUtil.getBytes(message);
        assertThat(ProcessingRequest.parseFrom(bytes)).isEqualTo(expected);
        assertThat(bytes).hasSize(expected.getSerializedSize());
    }

    @Test
    void aHeadIsTheSameAsProtobufWrites() throws InvalidProtocolBufferException {
        ProcConfig config = config("{}");
        HeadMessages messages = new HeadMessages(config);
        TestRequestHead head = TestRequestHead.of("POST", "/a?b", "Host: a.example", "X-A: 1", "x-empty: ", "x-a: \u00e9\u00ff",
                "Connection: x-hop", "x-hop: 1");
        check(config, messages, MessageFields.of(head), false, false, messages.first());
        check(config, messages, MessageFields.of(head), false, true, messages.later());
        check(config, messages, MessageFields.of(head), true, true, messages.later());
        check(config, messages, MessageFields.of(new ListHeaders()), true, false, messages.later());
    }

    @Test
    void lengthsOfAnyNumberOfBytesAreRight() throws InvalidProtocolBufferException {
        ProcConfig config = config("{}");
        HeadMessages messages = new HeadMessages(config);
        for (int length : new int[] {0, 1, 100, 116, 117, 118, 119, 120, 121, 122, 123, 126, 127, 128, 129, 4000, 4096, 16_360,
            16_383, 16_384, 100_000,
            2_100_000, 5}) {
            ListHeaders headers = new ListHeaders();
            headers.add(HeaderName.of("x"), "v".repeat(length));
            check(config, messages, MessageFields.of(headers), false, true, messages.first());
        }
    }

    @Test
    void randomHeadsAreTheSameAsProtobufWrites() throws InvalidProtocolBufferException {
        Random random = new Random(7);
        ProcConfig config = config("""
                {'observability_mode': true, 'processing_mode': {'request_body_mode': 'STREAMED'},
                 'forward_rules': {'disallowed_headers': {'patterns': [{'prefix': 'x-3'}]}}}""");
        HeadMessages messages = new HeadMessages(config);
        byte[] others = messages.first();
        assertThat(ProcessingRequest.parseFrom(others).getObservabilityMode()).isTrue();
        for (int i = 0; i < 500; i++) {
            ListHeaders headers = new ListHeaders();
            for (int j = random.nextInt(60); j > 0; j--) {
                StringBuilder value = new StringBuilder();
                for (int k = random.nextInt(i % 10 == 0 ? 3000 : 200); k > 0; k--) {
                    value.append((char) random.nextInt(' ', 0x100));
                }
                headers.add(HeaderName.of("X-" + random.nextInt(40)), value.toString());
            }
            check(config, messages, MessageFields.of(headers), random.nextBoolean(), random.nextBoolean(), others);
        }
    }
}
