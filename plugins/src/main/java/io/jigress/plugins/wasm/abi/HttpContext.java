package io.jigress.plugins.wasm.abi;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.Headers;
import io.jigress.api.LocalReply;
import io.jigress.api.ResponseHead;
import io.jigress.plugins.wasm.vm.Trap;
import org.jspecify.annotations.Nullable;

/// An exchange as an instance of a plugin sees it (a stream context).
public final class HttpContext {
    private final Vm vm;
    private final int id;
    private final MessageFlow request = new MessageFlow(this, false);
    private final MessageFlow response = new MessageFlow(this, true);
    private final ExchangeState state;
    private @Nullable Exchange exchange;
    private @Nullable LocalReply reply;
    private boolean requestEdited;
    private boolean keepsRoute;
    private boolean failed;
    private boolean ended;

    HttpContext(Vm vm, int id, Exchange exchange) {
        this.vm = vm;
        this.id = id;
        this.exchange = exchange;
        state = ExchangeState.of(exchange);
    }

    Vm vm() {
        return vm;
    }

    int id() {
        return id;
    }

    MessageFlow request() {
        return request;
    }

    MessageFlow response() {
        return response;
    }

    /// Null when the exchange is over.
    @Nullable Exchange exchange() {
        return exchange;
    }

    // ---- callbacks of the filter

    public FilterDecision requestHead(Exchange current) {
        exchange = current;
        return request.head(current, current.request().contentLength() == 0);
    }

    public FilterDecision requestBody(Exchange current, Body part) {
        return request.body(current, part);
    }

    public FilterDecision requestTrailers(Exchange current, Headers trailers) {
        return request.trailers(current, trailers);
    }

    public FilterDecision responseHead(Exchange current) {
        ResponseHead head = current.response();
        if (isOver() || head == null) {
            return FilterDecision.SKIP_BODY;
        }
        return response.head(current, isBodiless(current, head));
    }

    private static boolean isBodiless(Exchange current, ResponseHead head) {
        int status = head.status();
        return head.contentLength() == 0 || status < 200 || status == 204 || status == 304
                || current.request().method().equals("HEAD");
    }

    public FilterDecision responseBody(Exchange current, Body part) {
        return response.body(current, part);
    }

    public FilterDecision responseTrailers(Exchange current, Headers trailers) {
        return response.trailers(current, trailers);
    }

    /// The exchange is over: the plugin logs it and drops its context.
    public void complete() {
        request.close();
        response.close();
        try {
            vm.complete(this);
        } catch (Trap _) {
            // The instance is over, and has told its owner.
        }
        exchange = null;
    }

    // ---- what the plugin decides

    /// @param answer is sent instead of the upstream's response
    void reply(LocalReply answer) {
        reply = answer;
        if (request.isWaiting()) {
            request.resume();
        } else if (response.isWaiting()) {
            response.resume();
        }
    }

    @Nullable LocalReply takeReply() {
        LocalReply taken = reply;
        reply = null;
        if (taken != null && !response.isBegun()) {
            request.body().drop();
        }
        return taken;
    }

    /// The plugin has changed the request's head: the route is chosen again when the head passes.
    void edited() {
        requestEdited = true;
    }

    void keepRoute(boolean kept) {
        keepsRoute = kept;
    }

    /// Chooses the route again if the head was changed.
    void rematch(Exchange current) {
        if (requestEdited && !keepsRoute) {
            try {
                current.rematch();
            } catch (IllegalStateException _) {
                // The route is fixed in this phase.
            }
        }
        requestEdited = false;
    }

    /// @return whether the limits allow it
    boolean property(String path, byte[] value) {
        if (path.equals("clear_route_cache")) {
            keepRoute(Pairs.text(value, 0, value.length).equals("off"));
        }
        return state.property(path, value);
    }

    byte @Nullable [] property(String path) {
        return state.property(path);
    }

    // ---- failures

    /// The plugin has failed: it is left out, or the request is refused.
    void fail() {
        if (!failed) {
            failed = true;
            request.resume();
            response.resume();
        }
    }

    /// A pause has lasted too long.
    void expire() {
        failed = true;
        vm.expired();
    }

    public boolean hasFailed() { return failed; }

    /// The gateway has answered for the plugin.
    void end() {
        ended = true;
    }

    boolean isOver() { return failed || ended; }
}
