package io.jigress.plugins.process.proc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpBody;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpTrailers;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import io.jigress.api.Exchange;
import io.jigress.api.Headers;
import io.jigress.plugins.process.DynamicMetadata;
import io.jigress.plugins.process.MessageFields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;

/// Makes the messages to a server for one exchange.
final class ProcMessages {
    private static final String ATTRIBUTES = "envoy.filters.http.ext_proc";

    private final ProcConfig config;
    private final HeadMessages heads;
    private final Exchange exchange;
    private boolean configured;
    private boolean requestAttributes;
    private boolean responseAttributes;

    ProcMessages(ProcCommon common, Exchange exchange) {
        this.config = common.config();
        this.heads = common.heads();
        this.exchange = exchange;
    }

    ByteBuf head(MessageFields fields, boolean response, boolean end) {
        boolean first = !configured;
        boolean plain = attributes(response).isEmpty() && metadata().getFilterMetadataCount() == 0;
        configured = true;
        byte[] others = !plain ? message(response, first).build().toByteArray() : first ? heads.first() : heads.later();
        return heads.message(fields, response, end, others);
    }

    ByteBuf body(ByteBuf data, boolean response, boolean end) {
        HttpBody body = HttpBody.newBuilder().setBody(bytes(data)).setEndOfStream(end).build();
        ProcessingRequest.Builder message = message(response);
        return written(response ? message.setResponseBody(body) : message.setRequestBody(body));
    }

    private static ByteString bytes(ByteBuf data) {
        return data.isReadable() ? ByteString.copyFrom(ByteBufUtil.getBytes(data)) : ByteString.EMPTY;
    }

    ByteBuf trailers(Headers fields, boolean response) {
        HttpTrailers trailers = HttpTrailers.newBuilder().setTrailers(MessageFields.of(fields).toMap(config.rules().forward()))
                .build();
        ProcessingRequest.Builder message = message(response);
        return written(response ? message.setResponseTrailers(trailers) : message.setRequestTrailers(trailers));
    }

    private static ByteBuf written(ProcessingRequest.Builder message) {
        return Unpooled.wrappedBuffer(message.build().toByteArray());
    }

    private ProcessingRequest.Builder message(boolean response) {
        boolean first = !configured;
        configured = true;
        return message(response, first);
    }

    private ProcessingRequest.Builder message(boolean response, boolean first) {
        ProcessingRequest.Builder message = first ? HeadMessages.first(config) : HeadMessages.later(config);
        Metadata metadata = metadata();
        if (metadata.getFilterMetadataCount() > 0) {
            message.setMetadataContext(metadata);
        }
        List<String> names = attributes(response);
        if (!names.isEmpty()) {
            if (response) {
                responseAttributes = true;
            } else {
                requestAttributes = true;
            }
            Struct values = Attributes.of(exchange, names);
            message.putAttributes(ATTRIBUTES, values);
        }
        return message;
    }

    private Metadata metadata() {
        return DynamicMetadata.of(exchange, config.envoy().getMetadataOptions().getForwardingNamespaces().getUntypedList());
    }

    /// The attributes that the next message has: those that are configured, in the first message of each direction.
    private List<String> attributes(boolean response) {
        if (response ? responseAttributes : requestAttributes) {
            return List.of();
        }
        return response ? config.envoy().getResponseAttributesList() : config.envoy().getRequestAttributesList();
    }
}
