package io.jigress.dubbo.mapping;

import io.jigress.api.FieldValue;
import io.jigress.api.GrpcStatus;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.Json;
import io.jigress.api.ListHeaders;
import io.jigress.api.RequestHead;
import io.jigress.dubbo.mapping.DubboMapping.Attachments;
import io.jigress.dubbo.mapping.DubboMapping.Invocation;
import io.jigress.dubbo.mapping.DubboMapping.Target;
import io.jigress.dubbo.type.ArgumentWriter.Form;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The attachments of one call: headers of the request, fixed ones, and those that control the provider.
final class CallAttachments {
    /// Attachments that control the provider; clients cannot set them.
    private static final Set<String> RESERVED = Set.of("path", "interface", "version", "group", "generic", "timeout", "dubbo",
            "input",
            "output", "async", "return", "sent", "invocation_id", "remote.application", "serialization_id", "_to", "token");
    private static final String RESERVED_PREFIX = "sys_callback_arg";
    /// Headers of Triple itself.
    private static final Set<String> TRIPLE_PREFIXES = Set.of("tri-", "grpc-", "rest-service-");
    /// Trace headers are always passed on (W3C, SkyWalking).
    private static final Set<String> TRACE = Set.of("traceparent", "tracestate", "baggage", "sw8", "sw8-correlation", "sw8-x");
    /// Headers that describe the HTTP message and do not apply to a call.
    private static final Set<String> OF_THE_MESSAGE = Set.of("host", "content-length", "content-type", "content-encoding",
            "expect",
            "accept-encoding");
    private static final HeaderName VERSION = HeaderName.of("tri-service-version");
    private static final HeaderName GROUP = HeaderName.of("tri-service-group");
    private static final HeaderName TIMEOUT = HeaderName.of("grpc-timeout");
    private static final HeaderName TIMEOUT_OF_JSON = HeaderName.of("tri-service-timeout");
    private static final HeaderName NAMES = HeaderName.of("tri-header-convert");

    private final CompiledMethod method;
    private final RequestHead head;

    CallAttachments(CompiledMethod method, RequestHead head) {
        this.method = method;
        this.head = head;
    }

    /// All of them, as Dubbo 2 sends them behind the arguments.
    Map<String, String> dubbo() {
        Target target = method.service().mapping().target();
        Map<String, String> attachments = ofTheRequest();
        attachments.putAll(method.mapping().attachments().fixed());
        attachments.put("path", target.service());
        attachments.put("interface", target.service());
        if (target.version() != null) {
            attachments.put("version", target.version());
        }
        if (target.group() != null) {
            attachments.put("group", target.group());
        }
        if (target.timeout() != null) {
            attachments.put("timeout", Long.toString(target.timeout().toMillis()));
        }
        if (method.form() == Form.GENERIC) {
            attachments.put("generic", generic(target));
        }
        return attachments;
    }

    /// All of them, as Triple sends them: as headers, whose names are in lower case. The names as they were written are sent beside them.
    void triple(ListHeaders out) {
        Target target = method.service().mapping().target();
        if (target.version() != null) {
            out.set(VERSION, sendable(target.version()));
        }
        if (target.group() != null) {
            out.set(GROUP, sendable(target.group()));
        }
        if (target.timeout() != null) {
            String millis = Long.toString(target.timeout().toMillis());
            out.set(target.json() ? TIMEOUT_OF_JSON : TIMEOUT, target.json() ? millis : millis + "m");
        }
        ofTheRequest().forEach((name, value) -> {
            if (!ofTriple(name)) {
                out.add(HeaderName.of(name), value);
            }
        });
        Json.Builder names = Json.object();
        boolean converted = false;
        for (Map.Entry<String, String> fixed : method.mapping().attachments().fixed().entrySet()) {
            String lower = fixed.getKey().toLowerCase(Locale.ROOT);
            if (!HeaderName.isToken(lower)) {
                continue;
            }
            out.set(HeaderName.of(lower), sendable(fixed.getValue()));
            if (!lower.equals(fixed.getKey())) {
                names.put(lower, fixed.getKey());
                converted = true;
            }
        }
        if (converted) {
            out.set(NAMES, GrpcStatus.encode(names.build().toString()));
        }
        if (method.form() == Form.GENERIC) {
            out.set(HeaderName.of("generic"), generic(target));
        }
    }

    private static String generic(Target target) {
        return target.invocation() == Invocation.GENERIC_RAW ? "raw.return" : "true";
    }

    private Map<String, String> ofTheRequest() {
        Attachments wanted = method.mapping().attachments();
        Map<String, String> attachments = new LinkedHashMap<>();
        Headers headers = head.headers();
        for (int i = 0; i < headers.size(); i++) {
            String name = headers.nameAt(i).toLowerCase(Locale.ROOT);
            boolean asked = TRACE.contains(name) || wanted.headers().contains(name)
                    || wanted.allHeaders() && !OF_THE_MESSAGE.contains(name);
            if (asked && headers.endToEnd(i) && !reserved(name)) {
                attachments.merge(name, headers.valueAt(i), (first, more) -> first + ", " + more);
            }
        }
        return attachments;
    }

    private static boolean reserved(String name) {
        return RESERVED.contains(name) || name.startsWith(RESERVED_PREFIX);
    }

    private static boolean ofTriple(String name) {
        for (String prefix : TRIPLE_PREFIXES) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    /// A value as a header can have it: characters beyond Latin-1 as UTF-8.
    private static String sendable(String value) {
        if (value.chars().allMatch(c -> FieldValue.allowed((char) c))) {
            return value;
        }
        return new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1).replace('\r', ' ')
                .replace('\n', ' ')
                .replace('\0', ' ');
    }
}
