package io.jigress.plugins.process.proc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpBody;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpHeaders;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpTrailers;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import io.envoyproxy.envoy.service.ext_proc.v3.ProtocolConfiguration;
import io.jigress.api.Exchange;
import io.jigress.api.Headers;
import io.jigress.plugins.process.DynamicMetadata;
import io.jigress.plugins.process.MessageFields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;

/// Makes the messages to a server for one exchange.
final class ProcMessages {
    private static final String ATTRIBUTES = "envoy.filters.http.ext_proc";

    private final ProcConfig config;
    private final Exchange exchange;
    private boolean configured;
    private boolean requestAttributes;
    private boolean responseAttributes;

    ProcMessages(ProcConfig config, Exchange exchange) {
        this.config = config;
        this.exchange = exchange;
    }

    ProcessingRequest head(MessageFields fields, boolean response, boolean end) {
        HttpHeaders head = HttpHeaders.newBuilder().setHeaders(fields.toMap(config.rules().forward())).setEndOfStream(end)
                .build();
        ProcessingRequest.Builder message = message(response);
        return response ? message.setResponseHeaders(head).build() : message.setRequestHeaders(head).build();
    }

    ProcessingRequest body(ByteBuf data, boolean response, boolean end) {
        HttpBody body = HttpBody.newBuilder().setBody(bytes(data)).setEndOfStream(end).build();
        ProcessingRequest.Builder message = message(response);
        return response ? message.setResponseBody(body).build() : message.setRequestBody(body).build();
    }

    private static ByteString bytes(ByteBuf data) {
        return data.isReadable() ? ByteString.copyFrom(ByteBufUtil.getBytes(data)) : ByteString.EMPTY;
    }

    ProcessingRequest trailers(Headers fields, boolean response) {
        HttpTrailers trailers = HttpTrailers.newBuilder().setTrailers(MessageFields.of(fields).toMap(config.rules().forward()))
                .build();
        ProcessingRequest.Builder message = message(response);
        return response ? message.setResponseTrailers(trailers).build() : message.setRequestTrailers(trailers).build();
    }

    private ProcessingRequest.Builder message(boolean response) {
        ProcessingRequest.Builder message = ProcessingRequest.newBuilder()
                .setObservabilityMode(config.envoy().getObservabilityMode());
        if (!configured) {
            configured = true;
            message.setProtocolConfig(ProtocolConfiguration.newBuilder()
                    .setRequestBodyMode(config.rules().mode().getRequestBodyMode())
                    .setResponseBodyMode(config.rules().mode().getResponseBodyMode())
                    .setSendBodyWithoutWaitingForHeaderResponse(config.envoy().getSendBodyWithoutWaitingForHeaderResponse()));
        }
        Metadata metadata = DynamicMetadata.of(exchange,
                config.envoy().getMetadataOptions().getForwardingNamespaces().getUntypedList());
        if (metadata.getFilterMetadataCount() > 0) {
            message.setMetadataContext(metadata);
        }
        attributes(message, response);
        return message;
    }

    /// Sent with the first message of each direction.
    private void attributes(ProcessingRequest.Builder message, boolean response) {
        List<String> names = response ? config.envoy().getResponseAttributesList() : config.envoy().getRequestAttributesList();
        if (names.isEmpty() || (response ? responseAttributes : requestAttributes)) {
            return;
        }
        if (response) {
            responseAttributes = true;
        } else {
            requestAttributes = true;
        }
        Struct values = Attributes.of(exchange, names);
        message.putAttributes(ATTRIBUTES, values);
    }
}
