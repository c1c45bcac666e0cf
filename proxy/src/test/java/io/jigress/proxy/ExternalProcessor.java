package io.jigress.proxy;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.Resumption;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A filter that works like Envoy's external processing: sends each part of a message, in both directions, to a server on another thread, and
/// applies the server's answer to it.
final class ExternalProcessor implements HttpFilter {
    /// A part of a message, as it is sent to the server.
    ///
    /// @param what `request head`, `request body`, …
    /// @param text of a body
    record Part(String what, String text, boolean last) {}

    /// What the server orders.
    ///
    /// @param header to set in the head or the trailers, as `name: value`; null for none
    /// @param body in place of the part; null for no change
    record Mutation(@Nullable String header, @Nullable String body, FilterDecision then) {
        static final Mutation NONE = new Mutation(null, null, FilterDecision.CONTINUE);
    }

    private final ExecutorService server;
    private final Function<Part, Mutation> script;
    final List<Part> asked = new CopyOnWriteArrayList<>();

    /// @param server where the script runs
    ExternalProcessor(ExecutorService server, Function<Part, Mutation> script) {
        this.server = server;
        this.script = script;
    }

    private FilterDecision ask(Exchange exchange, Part part) {
        Resumption resumption = exchange.suspend(Duration.ofSeconds(10), FilterDecision.CONTINUE);
        asked.add(part);
        server.execute(() -> {
            Mutation mutation = script.apply(part);
            resumption.resume((now, body, trailers) -> apply(part, mutation, now, body, trailers));
        });
        return new FilterDecision.Wait(resumption);
    }

    private static FilterDecision apply(Part part, Mutation mutation, Exchange exchange, @Nullable Body body,
            @Nullable Headers trailers) {
        String header = mutation.header();
        if (header != null) {
            int colon = header.indexOf(':');
            fields(part, exchange, trailers).set(HeaderName.of(header.substring(0, colon)), header.substring(colon + 1).strip());
        }
        if (mutation.body() != null && body != null) {
            body.replace(Unpooled.copiedBuffer(mutation.body(), StandardCharsets.UTF_8));
        }
        return mutation.then();
    }

    private static Headers fields(Part part, Exchange exchange, @Nullable Headers trailers) {
        if (trailers != null) {
            return trailers;
        }
        var response = exchange.response();
        return part.what().startsWith("request") || response == null ? exchange.request().headers() : response.headers();
    }

    private static Part part(String what, Body body) {
        return new Part(what, body.data().toString(StandardCharsets.UTF_8), body.last());
    }

    @Override
    public FilterDecision onRequestHead(Exchange exchange) {
        return ask(exchange, new Part("request head", exchange.request().path(), false));
    }

    @Override
    public FilterDecision onRequestBody(Exchange exchange, Body body) {
        return ask(exchange, part("request body", body));
    }

    @Override
    public FilterDecision onRequestTrailers(Exchange exchange, Headers trailers) {
        return ask(exchange, new Part("request trailers", trailers.toString().strip(), true));
    }

    @Override
    public FilterDecision onResponseHead(Exchange exchange) {
        var response = exchange.response();
        return ask(exchange, new Part("response head", response == null ? "" : String.valueOf(response.status()), false));
    }

    @Override
    public FilterDecision onResponseBody(Exchange exchange, Body body) {
        return ask(exchange, part("response body", body));
    }

    @Override
    public FilterDecision onResponseTrailers(Exchange exchange, Headers trailers) {
        return ask(exchange, new Part("response trailers", trailers.toString().strip(), true));
    }
}
