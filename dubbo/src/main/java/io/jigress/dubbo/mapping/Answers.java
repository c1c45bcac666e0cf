package io.jigress.dubbo.mapping;

import io.jigress.api.FieldValue;
import io.jigress.api.HeaderName;
import io.jigress.api.Json;
import io.jigress.dubbo.mapping.DubboMapping.Errors;
import io.jigress.dubbo.mapping.DubboMapping.Invocation;
import io.jigress.dubbo.type.ArgumentWriter.Form;
import io.jigress.dubbo.type.ArgumentWriter.Misfit;
import io.jigress.dubbo.type.ResultWriter;
import io.jigress.dubbo.wire.HessianLimits;
import io.jigress.dubbo.wire.HessianValue;
import io.jigress.dubbo.wire.HessianValue.Bean;
import io.jigress.dubbo.wire.HessianValue.ClassDefinition;
import io.jigress.dubbo.wire.HessianValue.Int;
import io.jigress.dubbo.wire.HessianValue.Null;
import io.jigress.dubbo.wire.HessianValue.Text;
import io.jigress.dubbo.wire.Reply;
import io.jigress.dubbo.wire.ReplyStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Converts results, exceptions and invalid requests to HTTP responses. An error is `{"error": …, "status": …, …}` with stable error codes.
final class Answers {
    private static final String RPC_EXCEPTION = "org.apache.dubbo.rpc.RpcException";
    private static final String OLD_RPC_EXCEPTION = "com.alibaba.dubbo.rpc.RpcException";
    private static final Set<String> GENERIC_EXCEPTIONS = Set.of("org.apache.dubbo.rpc.service.GenericException",
            "com.alibaba.dubbo.rpc.service.GenericException");
    private static final Set<String> VALIDATION = Set.of("javax.validation.ConstraintViolationException",
            "jakarta.validation.ConstraintViolationException", "javax.validation.ValidationException",
            "jakarta.validation.ValidationException");
    /// The fields of a Throwable, which are useless to a client.
    private static final Set<String> THROWABLE = Set.of("detailMessage", "cause", "stackTrace", "suppressedExceptions",
            "backtrace",
            "depth", "");
    private static final int MAX_MESSAGE = 2_000;
    /// In the message of a provider without the service in this group; its status says no more than that of an internal error.
    private static final String NOT_EXPORTED = "Not found exported service";

    private Answers() {}

    static Answer error(int status, String word, @Nullable String message) {
        Json.Builder json = Json.object().put("error", word).put("status", status);
        if (message != null) {
            json.put("message", message);
        }
        return Answer.of(status, json.build().toString());
    }

    static Answer misfit(String parameter, String source, Misfit misfit) {
        Json json = Json.object().put("error", "bad_argument").put("status", 400)
                .put("message", parameter + misfit.path() + ": expected " + misfit.expected() + ", found " + misfit.found())
                .put("parameter", parameter).put("in", source).put("path", "$" + misfit.path()).put("expected", misfit.expected())
                .put("found", misfit.found()).build();
        return Answer.of(400, json.toString());
    }

    static Answer wrongMethod(String allowed) {
        return new Answer(405, error(405, "method_not_allowed", "expected " + allowed).json(), Map.of("allow", allowed));
    }

    /// @param maxChars the longest JSON of a result
    static Answer of(CompiledMethod method, Reply reply, HessianLimits limits, int maxChars) {
        return switch (reply) {
            case Reply.Result result -> result(method, result, limits, maxChars);
            case Reply.Thrown thrown -> thrown(method, thrown, limits, maxChars);
            case Reply.Refused refused -> refused(method, refused);
            case Reply.Failed failed -> failed(method, failed);
            case Reply.Malformed _ -> error(502, "bad_response", null);
        };
    }

    private static Answer result(CompiledMethod method, Reply.Result result, HessianLimits limits, int maxChars) {
        Map<String, String> headers = headers(method, result.attachments());
        if (method.returnsNothing() && result.value() == Null.NULL) {
            return new Answer(204, "", headers);
        }
        String json = ResultWriter.write(result.value(), method.service().catalog(), settings(method), limits, maxChars);
        return json == null ? error(502, "response_beyond_limits", null) : new Answer(200, json, headers);
    }

    private static ResultWriter.Settings settings(CompiledMethod method) {
        DubboMapping.Output output = method.service().mapping().output();
        boolean maps = method.form() == Form.GENERIC
                && method.service().mapping().target().invocation() != Invocation.GENERIC_RAW;
        return new ResultWriter.Settings(output.classes(), output.textLongs(), output.millis(), maps);
    }

    private static Map<String, String> headers(CompiledMethod method, Map<String, String> attachments) {
        Set<String> wanted = method.mapping().attachments().answers();
        if (wanted.isEmpty()) {
            return Map.of();
        }
        Map<String, String> headers = new LinkedHashMap<>();
        attachments.forEach((name, value) -> {
            if (wanted.contains(name.toLowerCase(Locale.ROOT)) && HeaderName.isToken(name)
                    && value.chars().allMatch(c -> FieldValue.allowed((char) c))) {
                headers.put(name, value);
            }
        });
        return headers;
    }

    // ---- exceptions

    /// The facts of an exception, for all ways of calling a method.
    private record Exceptional(String type, @Nullable String message, @Nullable Bean bean) {
        static Exceptional of(HessianValue value) {
            if (!(value instanceof Bean bean)) {
                return new Exceptional("", null, null);
            }
            if (GENERIC_EXCEPTIONS.contains(bean.definition().type()) && bean.get("exceptionClass") instanceof Text type) {
                return new Exceptional(type.value(), text(bean.get("exceptionMessage")), null);
            }
            return new Exceptional(bean.definition().type(), text(bean.get("detailMessage")), bean);
        }

        private static @Nullable String text(@Nullable HessianValue value) {
            if (!(value instanceof Text text)) {
                return null;
            }
            return text.value().length() > MAX_MESSAGE ? text.value().substring(0, MAX_MESSAGE) : text.value();
        }
    }

    private static Answer thrown(CompiledMethod method, Reply.Thrown thrown, HessianLimits limits, int maxChars) {
        Errors errors = method.service().mapping().errors();
        Exceptional exception = Exceptional.of(thrown.exception());
        Integer listed = errors.statuses().get(exception.type());
        int status = listed != null ? listed : status(exception, errors);
        Json.Builder json = Json.object().put("error", listed == null ? word(exception, status) : "exception").put("status",
                status);
        if (exception.message() != null && (listed != null || errors.messages())) {
            json.put("message", exception.message());
        }
        if (errors.classes() && !exception.type().isEmpty()) {
            json.put("class", exception.type());
        }
        String text = json.build().toString();
        if (listed != null && exception.bean() != null) {
            String details = details(method, exception.bean(), limits, maxChars);
            if (details != null) {
                text = text.substring(0, text.length() - 1) + ",\"details\":" + details + "}";
            }
        }
        return new Answer(status, text, headers(method, thrown.attachments()));
    }

    /// The fields that the class of a business exception adds; null without any.
    private static @Nullable String details(CompiledMethod method, Bean exception, HessianLimits limits, int maxChars) {
        List<String> names = new ArrayList<>();
        List<HessianValue> values = new ArrayList<>();
        for (int i = 0; i < exception.definition().fields().size(); i++) {
            String name = exception.definition().fields().get(i);
            if (!THROWABLE.contains(name)) {
                names.add(name);
                values.add(exception.values().get(i));
            }
        }
        return names.isEmpty()
                ? null
                : ResultWriter.write(new Bean(new ClassDefinition("", names), values), method.service().catalog(),
                        new ResultWriter.Settings(false, settings(method).textLongs(), settings(method).millis(), false), limits,
                        maxChars);
    }

    /// The code of an RpcException of Dubbo; -1 for any other exception.
    private static int code(Exceptional exception) {
        boolean rpc = exception.type().equals(RPC_EXCEPTION) || exception.type().equals(OLD_RPC_EXCEPTION);
        return rpc && exception.bean() != null && exception.bean().get("code") instanceof Int code ? code.value() : -1;
    }

    private static int status(Exceptional exception, Errors errors) {
        if (VALIDATION.contains(exception.type())) {
            return 400;
        }
        return switch (code(exception)) {
            // NETWORK, TIMEOUT, FORBIDDEN, SERIALIZATION, NO_INVOKER_AVAILABLE_AFTER_FILTER, LIMIT_EXCEEDED, TIMEOUT_TERMINATE
            case 1, 5 -> 502;
            case 2, 8 -> 504;
            case 4 -> 403;
            case 6 -> 503;
            case 7 -> 429;
            default -> errors.status();
        };
    }

    private static String word(Exceptional exception, int status) {
        if (VALIDATION.contains(exception.type())) {
            return "invalid";
        }
        return code(exception) <= 0 || code(exception) == 3 ? "exception" : switch (status) {
            case 403 -> "forbidden";
            case 429 -> "too_many_requests";
            case 503 -> "unavailable";
            case 504 -> "timeout";
            default -> "exception";
        };
    }

    private static Answer refused(CompiledMethod method, Reply.Refused refused) {
        return switch (refused.status()) {
            case ReplyStatus.CLIENT_TIMEOUT, ReplyStatus.SERVER_TIMEOUT -> error(504, "timeout", null);
            case ReplyStatus.SERVER_BUSY, ReplyStatus.CHANNEL_INACTIVE -> error(503, "unavailable", null);
            case ReplyStatus.SERVICE_NOT_FOUND -> error(502, "service_not_found", null);
            case ReplyStatus.SERVICE_ERROR -> refused.message().contains(NOT_EXPORTED)
                    ? error(502, "service_not_found", null)
                    : error(method.service().mapping().errors().status(), "exception", null);
            case ReplyStatus.BAD_REQUEST -> error(502, "call_refused", null);
            default -> error(502, "provider_error", null);
        };
    }

    // ---- Triple

    private static final int UNKNOWN = 2;

    /// A call that has ended with a gRPC status: the provider did not call the method, or the method threw an exception that is not transmitted.
    private static Answer failed(CompiledMethod method, Reply.Failed failed) {
        return switch (failed.code()) {
            // CANCELLED, DEADLINE_EXCEEDED
            case 1, 4 -> error(504, "timeout", null);
            // INVALID_ARGUMENT
            case 3 -> error(502, "call_refused", null);
            case 5, 12 -> unimplemented(failed.message());
            case 7, 16 -> error(403, "forbidden", null);
            case 8 -> error(429, "too_many_requests", null);
            case 14 -> error(503, "unavailable", null);
            case UNKNOWN -> exception(method, failed);
            default -> error(502, "provider_error", null);
        };
    }

    /// Providers answer with UNIMPLEMENTED both for unknown services and for unknown methods.
    private static Answer unimplemented(String message) {
        return error(502, message.toLowerCase(Locale.ROOT).contains("method") ? "call_refused" : "service_not_found", null);
    }

    private static Answer exception(CompiledMethod method, Reply.Failed failed) {
        Errors errors = method.service().mapping().errors();
        Answer answer = error(errors.status(), "exception", errors.messages() ? shortened(failed.message()) : null);
        return new Answer(answer.status(), answer.json(), headers(method, failed.attachments()));
    }

    private static String shortened(String message) {
        return message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) : message;
    }

    /// @param status of the provider's HTTP response
    static Answer ofJson(CompiledMethod method, int status, String json, Map<String, String> attachments) {
        if (status == 200 || status == 204) {
            boolean nothing = method.returnsNothing() && (json.isEmpty() || json.equals("null"));
            return new Answer(nothing || json.isEmpty() ? 204 : 200, nothing ? "" : json, headers(method, attachments));
        }
        return switch (status) {
            case 400, 415 -> error(502, "call_refused", null);
            case 403 -> error(403, "forbidden", null);
            case 404 -> error(502, "service_not_found", null);
            case 408, 504 -> error(504, "timeout", null);
            case 429 -> error(429, "too_many_requests", null);
            case 503 -> error(503, "unavailable", null);
            case 500 -> error(method.service().mapping().errors().status(), "exception", null);
            default -> error(502, "provider_error", null);
        };
    }
}
