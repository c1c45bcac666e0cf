package io.jigress.proxy.exchange;

import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.proxy.http.ReceivedRequest;
import io.netty.buffer.ByteBuf;

/// A request and its response, as the HTTP version of the client knows it: a [ClientStream] gives it the request ([#begin],
/// [#requestBody], …) and takes the response. [ExchangeHandler] does what is in between.
///
/// Exceptions of an exchange do not leave these methods. Event loop only; reused for later requests.
public final class HttpExchange {
    private final ExchangeContext context;
    private final ExchangeHandler handler;

    HttpExchange(ExchangeContext context) {
        this.context = context;
        this.handler = new ExchangeHandler(context, this);
    }

    /// A complete head; `last` when no body follows.
    public void begin(ClientStream stream, Frontend from, Peer by, ReceivedRequest head, boolean last, long startNanos) {
        try {
            handler.begin(stream, from, by, head, last, startNanos);
        } catch (Throwable e) {
            handler.broke(e);
        }
    }

    /// A part of the body; takes ownership.
    public void requestBody(ByteBuf data, boolean last) {
        try {
            handler.requestBody(data, last);
        } catch (Throwable e) {
            handler.broke(e);
        }
    }

    /// Ends the body with trailers. Valid only during the call of this method.
    public void requestTrailers(Headers trailers) {
        try {
            handler.requestTrailers(trailers);
        } catch (Throwable e) {
            handler.broke(e);
        }
    }

    /// The request is malformed; it is answered if that is still possible.
    public void requestFailed(ProxyFailure failure) {
        try {
            handler.requestFailed(failure);
        } catch (Throwable e) {
            handler.broke(e);
        }
    }

    /// The client's connection is gone.
    public void clientGone() {
        try {
            handler.clientGone();
        } catch (Throwable e) {
            handler.broke(e);
        }
    }

    /// The client has ended its sending direction (FIN) after its request: it waits for the response, or has left.
    ///
    /// @return whether the response is still to be sent; else the connection is to be closed
    public boolean clientEnded() {
        try {
            return handler.clientEnded();
        } catch (Throwable e) {
            handler.broke(e);
            return true;
        }
    }

    /// The listener drains: a tunnel ends within the drain timeout.
    public void draining() {
        try {
            handler.draining();
        } catch (Throwable e) {
            handler.broke(e);
        }
    }

    /// The client accepts more of the response.
    public void clientWritable() {
        try {
            handler.clientWritable();
        } catch (Throwable e) {
            handler.broke(e);
        }
    }

    /// Bytes that wait in here, for filters or for a connection.
    public long held() {
        return handler.held();
    }

    /// Another request may use it.
    void recycle() {
        context.give(this);
    }
}
