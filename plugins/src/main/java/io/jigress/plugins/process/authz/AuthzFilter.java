package io.jigress.plugins.process.authz;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.BufferSettings;
import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterInterest;
import io.jigress.api.HeaderName;
import io.jigress.api.HttpFilter;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.jigress.plugins.process.DynamicMetadata;
import io.jigress.plugins.process.GrpcTarget;
import io.jigress.plugins.process.HeaderEdits;
import io.jigress.plugins.process.MessageFields;
import io.jigress.plugins.process.MutationRules;
import io.jigress.plugins.Quarantine;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Asks a server about each request, and does what it says. The request waits for the verdict.
final class AuthzFilter implements HttpFilter {
    private static final String NAMESPACE = "envoy.filters.http.ext_authz";
    private static final String LOG = "ext_authz";
    private static final HeaderName FAILURE_ALLOWED = HeaderName.of("x-envoy-auth-failure-mode-allowed");
    /// The call ends with its own deadline; this one is for a call that does not.
    private static final Duration AFTER_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration WITHOUT_TIMEOUT = Duration.ofHours(1);

    private final ExchangeKey<State> key = new ExchangeKey<>("ext-authz");
    private final AuthzConfig config;
    private final Quarantine quarantine;
    private final Services services;
    private final AuthzClient client;
    private final AuthzReplies replies;
    private final AuthzCounters counters;

    /// The state of an exchange.
    private static final class State {
        private Services.@Nullable Cancellable call;
        private List<HeaderValueOption> response = List.of();
        private long begun;
    }

    AuthzFilter(AuthzConfig config, Quarantine quarantine, Services services) {
        this.config = config;
        this.quarantine = quarantine;
        this.services = services;
        GrpcTarget grpc = config.rules().grpc();
        AuthzRules.HttpRules http = config.rules().http();
        if (grpc != null) {
            client = new GrpcClient(config, grpc, services);
        } else if (http != null) {
            client = new HttpClient(config, http, services);
        } else {
            throw new IllegalStateException("a configuration without a transport");
        }
        replies = new AuthzReplies(config.statusOnError());
        counters = new AuthzCounters(services);
    }

    @Override
    public Set<FilterInterest> interests() {
        Set<FilterInterest> interests = EnumSet.of(FilterInterest.REQUEST_HEAD, FilterInterest.RESPONSE_HEAD,
                FilterInterest.COMPLETION);
        if (config.body() != null) {
            interests.add(FilterInterest.READ_REQUEST_BODY);
        }
        return interests;
    }

    // ---- the request

    @Override
    public FilterDecision onRequestHead(Exchange exchange) {
        if (!config.rules().enabled().getAsBoolean()) {
            counters.disabled();
            return config.rules().denyAtDisable() ? replies.error() : FilterDecision.SKIP_BODY;
        }
        BufferSettings body = config.body();
        RequestHead head = exchange.request();
        if (body != null && head.contentLength() != 0 && head.upgradeProtocols().isEmpty()) {
            return head.contentLength() > body.getMaxRequestBytes() && !body.getAllowPartialMessage()
                    ? replies.tooLarge(body.getMaxRequestBytes())
                    : FilterDecision.HOLD_HEAD;
        }
        return check(exchange, null);
    }

    @Override
    public FilterDecision onRequestBody(Exchange exchange, Body body) {
        BufferSettings settings = config.body();
        if (settings == null) {
            return FilterDecision.SKIP_BODY;
        }
        int bytes = body.data().readableBytes();
        int most = settings.getMaxRequestBytes();
        if (bytes > most && !settings.getAllowPartialMessage()) {
            return replies.tooLarge(most);
        }
        return body.last() || bytes >= most && settings.getAllowPartialMessage()
                ? check(exchange, body.data())
                : FilterDecision.HOLD_HEAD;
    }

    private FilterDecision check(Exchange exchange, @Nullable ByteBuf body) {
        State state = new State();
        exchange.put(key, state);
        if (config.envoy().hasFilterMetadata()) {
            DynamicMetadata.log(exchange, config.envoy().getFilterMetadata(), LOG);
        }
        if (!quarantine.allows(services.nanoTime())) {
            counters.quarantined();
            return failed(exchange, "quarantine");
        }
        state.begun = services.nanoTime();
        Duration timeout = config.rules().timeout();
        Resumption resumption = exchange.suspend(timeout.isZero() ? WITHOUT_TIMEOUT : timeout.plus(AFTER_TIMEOUT),
                config.failOpen() ? FilterDecision.SKIP_BODY : replies.error());
        state.call = client.check(exchange, body,
                verdict -> resumption.resume((resumed, _, _) -> decide(resumed, state, verdict)));
        return new FilterDecision.Wait(resumption);
    }

    private FilterDecision decide(Exchange exchange, State state, Verdict verdict) {
        state.call = null;
        long took = services.nanoTime() - state.begun;
        counters.took(took);
        return switch (verdict) {
            case Verdict.Allowed allowed -> {
                quarantine.succeeded();
                yield allow(exchange, state, allowed, took);
            }
            case Verdict.Denied denied -> {
                quarantine.succeeded();
                counters.denied();
                metadata(exchange, denied.metadata());
                String invalid = config.envoy().getValidateMutations() ? AuthzReplies.invalid(denied.headers()) : null;
                yield invalid == null ? replies.denied(denied) : invalid(exchange, invalid);
            }
            case Verdict.Failed(String why) -> {
                quarantine.failed(services.nanoTime(), why);
                yield failed(exchange, why);
            }
        };
    }

    private void metadata(Exchange exchange, Struct metadata) {
        boolean ingested = !config.envoy().hasEnableDynamicMetadataIngestion()
                || config.envoy().getEnableDynamicMetadataIngestion().getValue();
        if (metadata.getFieldsCount() > 0 && ingested) {
            DynamicMetadata.add(exchange, NAMESPACE, metadata, LOG);
        }
    }

    private FilterDecision failed(Exchange exchange, String why) {
        exchange.logField("ext_authz.error", why);
        if (!config.failOpen()) {
            counters.failed(false);
            return replies.error();
        }
        counters.failed(true);
        if (config.envoy().getFailureModeAllowHeaderAdd()) {
            exchange.request().headers().set(FAILURE_ALLOWED, "true");
        }
        return FilterDecision.SKIP_BODY;
    }

    private FilterDecision invalid(Exchange exchange, String why) {
        exchange.logField("ext_authz.error", why);
        counters.invalid();
        return replies.invalid();
    }

    private FilterDecision allow(Exchange exchange, State state, Verdict.Allowed allowed, long took) {
        counters.allowed();
        if (allowed.metadata().getFieldsCount() > 0) {
            metadata(exchange, allowed.metadata().toBuilder().putFields("ext_authz_duration",
                    Value.newBuilder().setNumberValue((double) Duration.ofNanos(took).toMillis()).build()).build());
        }
        String wrong = edit(exchange.request(), allowed);
        if (wrong != null && (config.envoy().getValidateMutations()
                || config.envoy().getDecoderHeaderMutationRules().getDisallowIsError().getValue())) {
            return invalid(exchange, wrong);
        }
        state.response = allowed.responseHeaders();
        if (config.envoy().getClearRouteCache() && allowed.changesRequest()) {
            exchange.rematch();
        }
        return FilterDecision.SKIP_BODY;
    }

    private @Nullable String edit(RequestHead head, Verdict.Allowed allowed) {
        MutationRules rules = config.rules().mutation();
        HeaderEdits edits = new HeaderEdits(MessageFields.of(head), rules, counters::rejected, HeaderEdits.Style.JOINING);
        String wrong = edits.set(allowed.headers());
        new HeaderEdits(MessageFields.of(head), rules, counters::rejected, HeaderEdits.Style.ADDING).set(allowed.added());
        String wrongName = edits.remove(allowed.remove());
        if (!allowed.setParameters().isEmpty() || !allowed.removeParameters().isEmpty()) {
            String target = QueryEdits.apply(head.target(), allowed.setParameters(), allowed.removeParameters());
            if (MessageFields.isTarget(target)) {
                head.target(target);
            } else {
                counters.rejected(1);
                wrong = "a parameter of the query is not valid";
            }
        }
        return wrong != null ? wrong : rules.isErrors() ? wrongName : null;
    }

    // ---- the response

    @Override
    public FilterDecision onResponseHead(Exchange exchange) {
        State state = exchange.get(key);
        ResponseHead response = exchange.response();
        if (state != null && response != null && !state.response.isEmpty()) {
            new HeaderEdits(MessageFields.of(response), MutationRules.ALL, counters::rejected, HeaderEdits.Style.ADDING)
                    .set(state.response);
        }
        return FilterDecision.SKIP_BODY;
    }

    @Override
    public void onComplete(Exchange exchange) {
        State state = exchange.get(key);
        Services.Cancellable call = state == null ? null : state.call;
        if (call != null) {
            call.cancel();
        }
    }
}
