package io.jigress.api.blocking;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterInterest;
import io.jigress.api.HttpFilter;
import io.jigress.api.LocalReply;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.jigress.api.TaskResult;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Runs the calls of a [BlockingFilter] for the exchanges of one event loop: each as a task of [Services#blocking], for which the exchange waits.
final class BlockingHttpFilter implements HttpFilter {
    /// The result of a task comes at its deadline; a suspension has its own, which must not come first.
    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final FilterDecision GIVEN_UP = new FilterDecision.Reply(LocalReply.of(500, "filter_failed"));

    private final ExchangeKey<Call> key = new ExchangeKey<>("blocking");
    private final BlockingFilter filter;
    private final BlockingLimits limits;
    private final Services services;
    private final boolean requests;
    private final boolean responses;

    BlockingHttpFilter(BlockingFilter filter, BlockingLimits limits, Services services) {
        this.filter = filter;
        this.limits = limits;
        this.services = services;
        requests = overrides("onRequest", BlockingRequest.class);
        responses = overrides("onResponse", BlockingRequest.class, BlockingResponse.class);
    }

    private boolean overrides(String method, Class<?>... parameters) {
        try {
            return filter.getClass().getMethod(method, parameters).getDeclaringClass() != BlockingFilter.class;
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(filter.getClass() + " has no " + method, e);
        }
    }

    /// The filter's part in an exchange.
    private static final class Call {
        final BlockingRequest request;
        @Nullable BlockingResponse response;
        Services.@Nullable Cancellable task;
        /// The filter has answered or failed: it is not called for that answer.
        boolean over;

        Call(Exchange exchange) {
            request = new BlockingRequest(exchange);
        }
    }

    /// What a call has returned.
    ///
    /// @param changes of the head, which are made when the decision is to go on
    /// @param body in place of the message's; null for the same
    private record Outcome(BlockingDecision decision, List<Map.Entry<String, String>> logFields, Consumer<Exchange> changes,
            byte @Nullable [] body) {}

    @Override
    public Set<FilterInterest> interests() {
        EnumSet<FilterInterest> interests = EnumSet.of(FilterInterest.COMPLETION);
        if (requests) {
            interests.add(FilterInterest.REQUEST_HEAD);
            if (limits.requestBody() > 0) {
                interests.add(FilterInterest.CHANGE_REQUEST_BODY);
            }
        }
        if (responses) {
            // Only filters that saw the request are called for the response.
            interests.add(FilterInterest.REQUEST_HEAD);
            interests.add(FilterInterest.RESPONSE_HEAD);
            if (limits.responseBody() > 0) {
                interests.add(FilterInterest.CHANGE_RESPONSE_BODY);
            }
        }
        return interests;
    }

    // ---- requests

    @Override
    public FilterDecision onRequestHead(Exchange exchange) {
        if (!requests) {
            return FilterDecision.SKIP_BODY;
        }
        if (limits.requestBody() == 0) {
            return request(exchange, begin(exchange));
        }
        long length = exchange.request().contentLength();
        return length > limits.requestBody() ? tooLong(413, length) : FilterDecision.HOLD_HEAD;
    }

    @Override
    public FilterDecision onRequestBody(Exchange exchange, Body body) {
        int length = body.data().readableBytes();
        if (length > limits.requestBody()) {
            return tooLong(413, length);
        }
        if (!body.last()) {
            return FilterDecision.HOLD_HEAD;
        }
        Call call = begin(exchange);
        call.request.received(bytes(body.data()));
        return request(exchange, call);
    }

    private Call begin(Exchange exchange) {
        Call call = exchange.get(key);
        if (call == null) {
            call = new Call(exchange);
            exchange.put(key, call);
        }
        return call;
    }

    private FilterDecision request(Exchange exchange, Call call) {
        BlockingRequest request = call.request;
        return run(exchange, call, () -> {
            BlockingDecision decision = decided(filter.onRequest(request));
            List<Consumer<RequestHead>> changes = request.takeChanges();
            return new Outcome(decision, request.takeLogFields(),
                    changed -> changes.forEach(change -> change.accept(changed.request())), request.changedBody());
        });
    }

    private FilterDecision tooLong(int status, long length) {
        int most = status == 413 ? limits.requestBody() : limits.responseBody();
        return new FilterDecision.Reply(LocalReply.error(status,
                "The body has " + length + " bytes or more; at most " + most + " are allowed.", "body_too_long"));
    }

    // ---- responses

    @Override
    public FilterDecision onResponseHead(Exchange exchange) {
        ResponseHead head = exchange.response();
        Call call = begin(exchange);
        if (head == null || call.over) {
            return FilterDecision.SKIP_BODY;
        }
        call.request.freeze();
        BlockingResponse response = new BlockingResponse(head);
        call.response = response;
        if (limits.responseBody() == 0) {
            return response(exchange, call, response);
        }
        return FilterDecision.HOLD_HEAD;
    }

    @Override
    public FilterDecision onResponseBody(Exchange exchange, Body body) {
        Call call = exchange.get(key);
        BlockingResponse response = call == null ? null : call.response;
        if (call == null || response == null) {
            return FilterDecision.SKIP_BODY;
        }
        int length = body.data().readableBytes();
        if (length > limits.responseBody()) {
            return tooLong(502, length);
        }
        if (!body.last()) {
            return FilterDecision.HOLD_HEAD;
        }
        response.received(bytes(body.data()));
        return response(exchange, call, response);
    }

    private FilterDecision response(Exchange exchange, Call call, BlockingResponse response) {
        return run(exchange, call, () -> {
            BlockingDecision decision = decided(filter.onResponse(call.request, response));
            List<Consumer<ResponseHead>> changes = response.takeChanges();
            return new Outcome(decision, call.request.takeLogFields(), changed -> {
                ResponseHead head = changed.response();
                if (head != null) {
                    changes.forEach(change -> change.accept(head));
                }
            }, response.changedBody());
        });
    }

    // ---- both

    private static byte[] bytes(ByteBuf data) {
        return data.isReadable() ? ByteBufUtil.getBytes(data) : new byte[0];
    }

    private static BlockingDecision decided(@Nullable BlockingDecision decision) {
        if (decision == null) {
            throw new NullPointerException("the filter returned null (expected: a BlockingDecision)");
        }
        return decision;
    }

    private FilterDecision run(Exchange exchange, Call call, Callable<Outcome> task) {
        Resumption resumption = exchange.suspend(limits.deadline().plus(GRACE), GIVEN_UP);
        call.task = services.blocking(task, limits.deadline(), (TaskResult<Outcome> result) -> {
            call.task = null;
            call.over = !(result instanceof TaskResult.Done<Outcome>(Outcome outcome)
                    && outcome.decision() instanceof BlockingDecision.Continue);
            resumption.resume((current, body, _) -> finish(current, body, result));
        });
        return new FilterDecision.Wait(resumption);
    }

    private static FilterDecision finish(Exchange exchange, @Nullable Body body, TaskResult<Outcome> result) {
        return switch (result) {
            case TaskResult.Done<Outcome>(Outcome outcome) -> apply(exchange, body, outcome);
            case TaskResult.Failed<Outcome>(Throwable cause) ->
                throw new BlockingFilterException(BlockingFilterException.Kind.FAILED, "the filter threw " + cause, cause);
            case TaskResult.Late<Outcome>(Duration deadline) ->
                throw new BlockingFilterException(BlockingFilterException.Kind.LATE,
                        "the filter did not return within " + deadline.toMillis() + " ms", null);
            case TaskResult.Refused<Outcome>(String why) ->
                throw new BlockingFilterException(BlockingFilterException.Kind.REFUSED, why, null);
        };
    }

    private static FilterDecision apply(Exchange exchange, @Nullable Body body, Outcome outcome) {
        outcome.logFields().forEach(field -> exchange.logField(field.getKey(), field.getValue()));
        return switch (outcome.decision()) {
            case BlockingDecision.Respond(LocalReply reply) -> new FilterDecision.Reply(reply);
            case BlockingDecision.Continue _ -> {
                outcome.changes().accept(exchange);
                byte[] bytes = outcome.body();
                if (body != null && bytes != null) {
                    body.replace(Unpooled.wrappedBuffer(bytes));
                }
                yield FilterDecision.SKIP_BODY;
            }
        };
    }

    @Override
    public void onComplete(Exchange exchange) {
        Call call = exchange.get(key);
        if (call != null && call.task != null) {
            call.task.cancel();
        }
    }
}
