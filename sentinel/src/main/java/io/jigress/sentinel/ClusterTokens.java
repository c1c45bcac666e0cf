package io.jigress.sentinel;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.jigress.sentinel.cluster.TokenAnswer;
import io.jigress.sentinel.cluster.TokenService;
import io.jigress.sentinel.engine.Entering;
import io.jigress.sentinel.engine.Refusal;
import io.jigress.sentinel.engine.Token;
import java.time.Duration;

/// Gets the tokens that requests need of a token server, on one event loop. The exchange waits; no thread does.
final class ClusterTokens {
    /// Longer than any wait for an answer: the timer of the request comes first.
    private static final Duration LONGEST = Duration.ofMinutes(1);

    private final SentinelFilter filter;
    private final TokenService service;
    private final Services services;
    private final Duration timeout;
    private final Services.Counter asked;
    private final Services.Counter unavailable;

    ClusterTokens(SentinelFilter filter, TokenService service, Services services) {
        this.filter = filter;
        this.service = service;
        this.services = services;
        timeout = Duration.ofMillis(service.timeoutMillis());
        asked = services.counter("tokens_asked", "Tokens of cluster rules that were needed.");
        unavailable = services.counter("tokens_unavailable",
                "Tokens of cluster rules on which no token server decided, so that the rule was applied to this gateway alone or not at all.");
    }

    /// Gets one token after the other, so that none is taken for a request that is refused.
    FilterDecision settle(Exchange exchange, Entering request) {
        for (Token token = request.nextToken(); token != null; token = request.nextToken()) {
            asked.add(1);
            TokenAnswer answer = service.answerNow(token.request());
            if (answer == null) {
                return ask(exchange, request, token);
            }
            if (!decided(request, token, answer)) {
                return refused(request);
            }
        }
        request.admit();
        return filter.admit(exchange, request.waitNanos(services.nanoTime()));
    }

    private FilterDecision ask(Exchange exchange, Entering request, Token token) {
        Resumption resumption = exchange.suspend(LONGEST, FilterDecision.CONTINUE);
        Services.Cancellable timer = services.schedule(timeout,
                () -> resumption.resume((waiting, _, _) -> resumed(waiting, request, token, TokenAnswer.UNAVAILABLE)));
        service.ask(token.request(), answer -> resumption.resume((waiting, _, _) -> {
            timer.cancel();
            return resumed(waiting, request, token, answer);
        }));
        return new FilterDecision.Wait(resumption);
    }

    private FilterDecision resumed(Exchange exchange, Entering request, Token token, TokenAnswer answer) {
        return decided(request, token, answer) ? settle(exchange, request) : refused(request);
    }

    private boolean decided(Entering request, Token token, TokenAnswer answer) {
        if (answer.kind() == TokenAnswer.Kind.UNAVAILABLE) {
            unavailable.add(1);
        }
        return request.decided(token, answer, services.nanoTime());
    }

    private FilterDecision refused(Entering request) {
        Refusal refusal = request.refusal();
        if (refusal == null) {
            throw new IllegalStateException("a rule refused the request without an answer");
        }
        return filter.refuse(refusal);
    }
}
