package io.jigress.plugins.process.proc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor.RouteCacheAction;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode;
import io.envoyproxy.envoy.service.ext_proc.v3.CommonResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.jigress.api.CallLimits;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.GrpcCall;
import io.jigress.api.GrpcSink;
import io.jigress.api.GrpcStatus;
import io.jigress.api.Services;
import io.jigress.plugins.process.DynamicMetadata;
import io.jigress.plugins.process.EnvoyConfig;
import io.jigress.plugins.Quarantine;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The conversation with a server about one exchange: one stream for both directions. Event loop only.
final class ProcStream {
    private static final String METHOD = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";
    private static final String LOG = "ext_proc";

    private enum State {
        /// No message was sent yet, or the stream is open.
        ACTIVE,
        /// The server takes no part any more: what it was not asked about passes unchanged.
        LEFT,
        /// The server has failed, or has answered the request itself.
        REFUSED,
        /// The exchange is over.
        OVER
    }

    final Direction request;
    final Direction response;
    final ProcCommon common;
    final ProcConfig config;
    final ProcCounters counters;
    final ProcMessages messages;
    final Services services;
    private final Exchange exchange;
    private final Quarantine quarantine;
    private ProcessingMode mode;
    private State state = State.ACTIVE;
    /// What the next callback decides, since none waited when it became known.
    private FilterDecision refusal = ProcReplies.FAILED;
    private @Nullable GrpcCall call;
    private final Patience patience = new Patience();
    /// Whether a server was paused, since its bytes are not taken.
    private boolean paused;

    ProcStream(ProcCommon common, Exchange exchange) {
        this.common = common;
        this.config = common.config();
        this.quarantine = common.quarantine();
        this.services = common.services();
        this.counters = common.counters();
        this.exchange = exchange;
        this.mode = config.rules().mode();
        this.messages = new ProcMessages(common, exchange);
        request = new Direction(this, exchange, false);
        response = new Direction(this, exchange, true);
    }

    /// The head of the request has come.
    FilterDecision begin() {
        if (config.envoy().hasFilterMetadata()) {
            DynamicMetadata.log(exchange, config.envoy().getFilterMetadata(), LOG);
        }
        if (!quarantine.allows(services.nanoTime())) {
            counters.quarantined();
            fail("quarantine", ProcReplies.FAILED, false);
        }
        return request.head();
    }

    // ---- its state

    Modes modes(boolean ofResponse) {
        return ofResponse ? Modes.ofResponse(mode) : Modes.ofRequest(mode);
    }

    boolean observes() {
        return config.envoy().getObservabilityMode();
    }

    /// Whether the server still takes part.
    boolean isActive() { return state == State.ACTIVE; }

    /// What a callback decides in place of anything else; null when nothing was refused.
    @Nullable FilterDecision refusal() {
        if (state != State.REFUSED) {
            return null;
        }
        // The reply passes this filter too, on its way back.
        state = State.LEFT;
        return refusal;
    }

    // ---- to the server

    /// Sends a message; opens the stream for the first. Takes ownership.
    void send(ByteBuf message) {
        GrpcCall open = call;
        if (open == null) {
            counters.opened();
            open = services.callers().grpc(config.plugin().cluster(), config.rules().target().request(METHOD),
                    new CallLimits(config.rules().target().timeout(), Duration.ZERO, Duration.ZERO),
                    config.rules().target().maxMessageBytes(), new Sink());
            call = open;
        } else if (observes() && !open.writable()) {
            counters.notShown();
            message.release();
            return;
        }
        counters.sent();
        open.send(message);
    }

    boolean isWritable() {
        GrpcCall open = call;
        return open == null || open.writable();
    }

    /// Stops or restarts reading from the server. The time that it has for an answer does not run meanwhile.
    void reading(boolean on) {
        GrpcCall open = call;
        if (open != null && paused == on) {
            paused = !on;
            open.reading(on);
            if (on) {
                request.restartTimer();
                response.restartTimer();
            }
        }
    }

    boolean isPaused() { return paused; }

    /// The exchange is over.
    void close() {
        state = State.OVER;
        request.close();
        response.close();
        end();
    }

    /// Ends the gateway's side; the server may still end its own.
    private void end() {
        GrpcCall open = call;
        if (open != null) {
            open.halfClose();
            common.ends().set(patience);
        }
    }

    /// Ends the wait for a server that does not end its side.
    private final class Patience extends TimeoutQueue.Entry {
        @Override
        void expired() {
            GrpcCall open = call;
            if (open != null) {
                open.cancel();
            }
        }
    }

    // ---- from the server

    private final class Sink implements GrpcSink {
        @Override
        public void message(ByteBuf message) {
            if (state != State.ACTIVE || observes()) {
                return;
            }
            counters.received();
            try {
                received(ProcessingResponse.parseFrom(message.nioBuffer()));
            } catch (InvalidProtocolBufferException e) {
                failed("a message is not a ProcessingResponse: " + e.getMessage());
            }
        }

        @Override
        public void ended(GrpcStatus status) {
            call = null;
            common.ends().clear(patience);
            if (state != State.ACTIVE) {
                return;
            }
            if (status.isOk()) {
                leave();
            } else {
                failed("gRPC status " + status.code() + (status.message().isEmpty() ? "" : ": " + status.message()));
            }
        }

        @Override
        public void writable() {
            request.writable();
            response.writable();
        }
    }

    private void received(ProcessingResponse message) {
        if (message.hasOverrideMessageTimeout()) {
            extend(EnvoyConfig.duration(message.getOverrideMessageTimeout()));
            return;
        }
        if (message.hasDynamicMetadata()) {
            metadata(message.getDynamicMetadata());
        }
        switch (message.getResponseCase()) {
            case REQUEST_HEADERS -> {
                override(message);
                request.headAnswered(message.getRequestHeaders().getResponse());
            }
            case RESPONSE_HEADERS -> {
                override(message);
                response.headAnswered(message.getResponseHeaders().getResponse());
            }
            case REQUEST_BODY -> request.bodyAnswered(message.getRequestBody().getResponse());
            case RESPONSE_BODY -> response.bodyAnswered(message.getResponseBody().getResponse());
            case REQUEST_TRAILERS -> request.trailersAnswered(message.getRequestTrailers().getHeaderMutation());
            case RESPONSE_TRAILERS -> response.trailersAnswered(message.getResponseTrailers().getHeaderMutation());
            case IMMEDIATE_RESPONSE -> {
                if (config.envoy().getDisableImmediateResponse()) {
                    failed("the server answered the client, which disable_immediate_response forbids");
                } else {
                    counters.immediate();
                    succeeded();
                    refuse(ProcReplies.of(message.getImmediateResponse(), exchange, config, counters));
                }
            }
            case RESPONSE_NOT_SET -> spurious();
        }
    }

    private void extend(Duration timeout) {
        boolean allowed = timeout.toMillis() >= 1 && timeout.compareTo(config.rules().maxTimeout()) <= 0;
        if (!allowed || !request.extend(timeout) && !response.extend(timeout)) {
            counters.rejected(1);
        }
    }

    private void metadata(Struct metadata) {
        for (String namespace : config.envoy().getMetadataOptions().getReceivingNamespaces().getUntypedList()) {
            Value values = metadata.getFieldsMap().get(namespace);
            if (values != null && values.hasStructValue()) {
                DynamicMetadata.add(exchange, namespace, values.getStructValue(), namespace);
            }
        }
    }

    private void override(ProcessingResponse message) {
        if (message.hasModeOverride() && config.envoy().getAllowModeOverride()
                && !config.envoy().getSendBodyWithoutWaitingForHeaderResponse()
                && Modes.isAllowed(message.getModeOverride(), config.envoy().getAllowedOverrideModesList())) {
            mode = Modes.overridden(config.rules().mode(), message.getModeOverride());
        }
    }

    /// Chooses the route again if the server, or the configuration, asks for it.
    void rematch(CommonResponse answer) {
        RouteCacheAction action = config.rules().routeCache();
        boolean wanted = action == RouteCacheAction.CLEAR || action == RouteCacheAction.DEFAULT && answer.getClearRouteCache();
        if (wanted) {
            try {
                exchange.rematch();
            } catch (IllegalStateException _) {
                counters.notRematched();
            }
        }
    }

    // ---- how it ends

    /// An answer has come that fits.
    void succeeded() {
        quarantine.succeeded();
    }

    /// A message that answers nothing.
    void spurious() {
        counters.spurious();
        failed("a message answers nothing that was sent");
    }

    void timedOut() {
        counters.timedOut();
        quarantine.failed(services.nanoTime(), "a message was not answered in time");
        fail("message_timeout", ProcReplies.TIMED_OUT, true);
    }

    void failed(String why) {
        quarantine.failed(services.nanoTime(), why);
        fail(why, ProcReplies.FAILED, true);
    }

    /// The server asks for a change that is not valid: the request fails, whatever the fail mode is.
    FilterDecision invalid(String why) {
        exchange.logField("ext_proc.error", why);
        counters.failed(false);
        state = State.LEFT;
        cancel();
        return ProcReplies.INVALID;
    }

    private void fail(String why, FilterDecision reply, boolean wasAsked) {
        exchange.logField("ext_proc.error", why);
        boolean open = config.failOpen() && request.canPass() && response.canPass();
        counters.failed(open);
        if (!open) {
            refuse(reply);
        } else if (wasAsked) {
            leave();
        } else {
            state = State.LEFT;
        }
    }

    /// The server takes no part any more. What it was sent and has not answered passes unchanged.
    private void leave() {
        if (!request.canPass() || !response.canPass()) {
            fail("the server ended the stream before the body was complete", ProcReplies.FAILED, true);
            return;
        }
        state = State.LEFT;
        cancel();
        request.pass();
        response.pass();
    }

    private void refuse(FilterDecision decision) {
        cancel();
        // The direction that waits decides; the next callback does so when none waits.
        state = State.LEFT;
        if (!response.refuse(decision) && !request.refuse(decision)) {
            state = State.REFUSED;
            refusal = decision;
        }
    }

    private void cancel() {
        GrpcCall open = call;
        if (open != null) {
            call = null;
            open.halfClose();
            services.schedule(ProcCommon.CLOSE, open::cancel);
        }
    }
}
