package io.jigress.dubbo.mapping;

import io.jigress.api.HeaderName;
import io.jigress.api.JsonLimits;
import io.jigress.api.ListHeaders;
import io.jigress.api.RequestHead;
import io.jigress.dubbo.mapping.CompiledService.Found;
import io.jigress.dubbo.mapping.CompiledService.Match;
import io.jigress.dubbo.mapping.CompiledService.Unusable;
import io.jigress.dubbo.mapping.CompiledService.WrongMethod;
import io.jigress.dubbo.type.ArgumentWriter.Form;
import io.jigress.dubbo.wire.HessianLimits;
import io.jigress.dubbo.wire.InvocationWriter;
import io.jigress.dubbo.wire.Reply;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A request whose method is known, from its head to its response. It is all that a connection uses of this package.
public final class HttpCall {
    private static final HeaderName CONTENT_TYPE = HeaderName.of("content-type");
    private static final HeaderName ACCEPT = HeaderName.of("accept");
    private static final HeaderName TE = HeaderName.of("te");
    private static final HeaderName ENCODINGS = HeaderName.of("grpc-accept-encoding");

    private final CompiledMethod method;
    private final List<String> variables;

    private HttpCall(CompiledMethod method, List<String> variables) {
        this.method = method;
        this.variables = variables;
    }

    public sealed interface Start {
    }

    public record Begun(HttpCall call) implements Start {
    }

    public record Refused(Answer answer) implements Start {
    }

    /// Finds the method of a request. HEAD is treated as GET.
    public static Start begin(@Nullable CompiledService service, RequestHead head) {
        if (service == null) {
            return new Refused(Answers.error(503, "no_mapping", null));
        }
        Found found = service.find(head.method().equals("HEAD") ? "GET" : head.method(), head.path());
        return switch (found) {
            case Match match -> new Begun(new HttpCall(match.method(), match.variables()));
            case WrongMethod wrong -> new Refused(Answers.wrongMethod(wrong.allowed()));
            case Unusable.UNKNOWN -> new Refused(Answers.error(404, "no_method", "no method has this path"));
            case Unusable.BROKEN -> new Refused(Answers.error(500, "bad_mapping", "the mapping of this path has a problem"));
        };
    }

    /// Whether the body of the request is needed.
    public boolean readsBody() {
        return method.readsBody();
    }

    /// Appends the body of the call to `out`.
    ///
    /// @return null on success; else the response, and `out` must be discarded
    public @Nullable Answer write(RequestHead head, byte[] body, JsonLimits limits, ByteBuf out) {
        return ArgumentBinder.bind(method, head, variables, body, limits, out);
    }

    /// Whether arguments and result are JSON on the wire, over Triple.
    public boolean json() {
        return method.service().mapping().target().json();
    }

    /// Appends the message of a Triple call to `out`: a gRPC frame, or JSON.
    ///
    /// @return null on success; else the response, and `out` must be discarded
    public @Nullable Answer writeTriple(RequestHead head, byte[] body, JsonLimits limits, ByteBuf out) {
        return ArgumentBinder.bindTriple(method, head, variables, body, limits, out);
    }

    /// The head of the HTTP/2 request of a Triple call.
    ///
    /// @param length of the message
    public RequestHead tripleHead(RequestHead head, int length) {
        String name = method.form() == Form.GENERIC ? InvocationWriter.INVOKE : method.mapping().method();
        ListHeaders headers = new ListHeaders();
        if (json()) {
            headers.add(CONTENT_TYPE, "application/json");
            headers.add(ACCEPT, "application/json");
        } else {
            headers.add(CONTENT_TYPE, "application/grpc+proto");
            headers.add(TE, "trailers");
            headers.add(ENCODINGS, "identity");
        }
        new CallAttachments(method, head).triple(headers);
        return new TripleHead("/" + method.service().mapping().target().service() + "/" + name, head.authority(), head.scheme(),
                headers, length);
    }

    /// The provider's timeout; null when only the route's timeouts apply.
    public @Nullable Duration timeout() {
        return method.service().mapping().target().timeout();
    }

    /// The response when the provider has not answered in time.
    public static Answer late() {
        return Answers.error(504, "timeout", null);
    }

    /// @param maxChars the longest JSON of a result
    public Answer answer(Reply reply, HessianLimits limits, int maxChars) {
        return Answers.of(method, reply, limits, maxChars);
    }

    /// The answer to a Triple call whose result is JSON already.
    public Answer answerJson(int status, String json, Map<String, String> attachments) {
        return Answers.ofJson(method, status, json, attachments);
    }
}
