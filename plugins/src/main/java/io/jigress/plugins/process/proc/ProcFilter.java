package io.jigress.plugins.process.proc;

import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode;
import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterInterest;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.Services;
import io.jigress.plugins.Quarantine;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Shows a server the parts of requests and responses, and applies what it answers. The state of each exchange is a [ProcStream].
final class ProcFilter implements HttpFilter {
    private final ExchangeKey<ProcStream> key = new ExchangeKey<>("ext-proc");
    private final ProcConfig config;
    private final ProcCommon common;

    ProcFilter(ProcConfig config, Quarantine quarantine, Services services) {
        this.config = config;
        this.common = ProcCommon.of(config, quarantine, services);
    }

    @Override
    public Set<FilterInterest> interests() {
        ExternalProcessor envoy = config.envoy();
        Modes request = Modes.ofRequest(config.rules().mode());
        Modes response = Modes.ofResponse(config.rules().mode());
        Set<FilterInterest> interests = EnumSet.of(FilterInterest.REQUEST_HEAD, FilterInterest.RESPONSE_HEAD,
                FilterInterest.COMPLETION);
        if (envoy.getObservabilityMode()) {
            add(interests, request.body() != BodySendMode.NONE, FilterInterest.READ_REQUEST_BODY);
            add(interests, response.body() != BodySendMode.NONE, FilterInterest.READ_RESPONSE_BODY);
            add(interests, request.trailers(), FilterInterest.REQUEST_TRAILERS);
            add(interests, response.trailers(), FilterInterest.RESPONSE_TRAILERS);
            return interests;
        }
        // A server may replace a body in its answer to the head, whatever the mode is.
        interests.add(FilterInterest.CHANGE_REQUEST_BODY);
        interests.add(FilterInterest.CHANGE_RESPONSE_BODY);
        boolean any = envoy.getAllowModeOverride();
        add(interests, any || request.trailers() || request.body() != BodySendMode.NONE, FilterInterest.REQUEST_TRAILERS);
        add(interests, any || response.trailers() || response.body() != BodySendMode.NONE, FilterInterest.RESPONSE_TRAILERS);
        return interests;
    }

    private static void add(Set<FilterInterest> to, boolean wanted, FilterInterest interest) {
        if (wanted) {
            to.add(interest);
        }
    }

    @Override
    public FilterDecision onRequestHead(Exchange exchange) {
        ProcStream stream = new ProcStream(common, exchange);
        exchange.put(key, stream);
        return stream.begin();
    }

    @Override
    public FilterDecision onRequestBody(Exchange exchange, Body body) {
        ProcStream stream = stream(exchange);
        return stream == null ? FilterDecision.SKIP_BODY : stream.request.body(body);
    }

    @Override
    public FilterDecision onRequestTrailers(Exchange exchange, Headers trailers) {
        ProcStream stream = stream(exchange);
        return stream == null ? FilterDecision.CONTINUE : stream.request.trailers(trailers);
    }

    @Override
    public FilterDecision onResponseHead(Exchange exchange) {
        ProcStream stream = stream(exchange);
        return stream == null ? FilterDecision.SKIP_BODY : stream.response.head();
    }

    @Override
    public FilterDecision onResponseBody(Exchange exchange, Body body) {
        ProcStream stream = stream(exchange);
        return stream == null ? FilterDecision.SKIP_BODY : stream.response.body(body);
    }

    @Override
    public FilterDecision onResponseTrailers(Exchange exchange, Headers trailers) {
        ProcStream stream = stream(exchange);
        return stream == null ? FilterDecision.CONTINUE : stream.response.trailers(trailers);
    }

    private @Nullable ProcStream stream(Exchange exchange) {
        return exchange.get(key);
    }

    @Override
    public void onComplete(Exchange exchange) {
        ProcStream stream = stream(exchange);
        if (stream != null) {
            stream.close();
        }
    }
}
