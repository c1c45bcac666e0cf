package io.jigress.plugins.process.proc;

import io.envoyproxy.envoy.service.ext_proc.v3.ImmediateResponse;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.GrpcStatus;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.ListHeaders;
import io.jigress.api.LocalReply;
import io.jigress.plugins.process.HeaderEdits;
import io.jigress.plugins.process.MessageFields;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What clients are answered in place of the upstream.
final class ProcReplies {
    private static final HeaderName GRPC_STATUS = HeaderName.of("grpc-status");
    private static final HeaderName GRPC_MESSAGE = HeaderName.of("grpc-message");
    private static final String GRPC = "application/grpc";
    static final FilterDecision FAILED = new FilterDecision.Reply(LocalReply.of(500, "ext_proc_error"));
    static final FilterDecision TIMED_OUT = new FilterDecision.Reply(LocalReply.of(504, "ext_proc_timeout"));
    static final FilterDecision INVALID = new FilterDecision.Reply(LocalReply.of(500, "ext_proc_invalid_mutation"));

    private ProcReplies() {}

    /// The server's own answer.
    static FilterDecision of(ImmediateResponse response, Exchange exchange, ProcConfig config, ProcCounters counters) {
        int code = response.getStatus().getCodeValue();
        int status = code < 200 || code > 599 ? 200 : code;
        byte[] body = response.getBody().toByteArray();
        ListHeaders headers = new ListHeaders();
        String type = exchange.request().headers().first(HeaderName.CONTENT_TYPE);
        boolean grpc = type != null && (type.equals(GRPC) || type.startsWith(GRPC + "+") || type.startsWith(GRPC + ";"));
        if (grpc) {
            int known = response.hasGrpcStatus() ? response.getGrpcStatus().getStatus() : GrpcStatus.ofHttp(status);
            headers.set(HeaderName.CONTENT_TYPE, GRPC);
            headers.set(GRPC_STATUS, Integer.toString(known));
            headers.set(GRPC_MESSAGE, GrpcStatus.encode(new String(body, StandardCharsets.UTF_8)));
            body = new byte[0];
            status = 200;
        } else if (body.length > 0) {
            headers.set(HeaderName.CONTENT_TYPE, "text/plain");
        }
        HeaderEdits edits = new HeaderEdits(MessageFields.of(headers), config.rules().mutation(), counters::rejected,
                HeaderEdits.Style.PLAIN);
        edits.remove(response.getHeaders().getRemoveHeadersList());
        edits.set(response.getHeaders().getSetHeadersList());
        if (!response.getDetails().isEmpty()) {
            exchange.logField("ext_proc.details", response.getDetails());
        }
        return new FilterDecision.Reply(new LocalReply(status, entries(headers), body, "ext_proc_immediate_response"));
    }

    static List<Map.Entry<HeaderName, String>> entries(Headers headers) {
        List<Map.Entry<HeaderName, String>> entries = new ArrayList<>();
        for (int i = 0; i < headers.size(); i++) {
            entries.add(Map.entry(HeaderName.of(headers.nameAt(i)), headers.valueAt(i)));
        }
        return entries;
    }
}
