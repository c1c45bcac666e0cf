package io.jigress.proxy.exchange;

import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.proxy.http.ReceivedRequest;
import io.netty.buffer.ByteBuf;

/// A request and its response, as the HTTP version of the client knows it: a [ClientStream] gives it the request ([#begin],
/// [#requestBody], …) and takes the response. What happens in between is told by [ExchangeHandler].
///
/// The border on the client's side: nothing that an exchange throws comes out of these methods. Event loop only; used for later requests.
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

    /// What the client sent cannot be understood; it is answered if that is still possible.
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

    /// The listener drains: a tunnel ends in its time.
    public void draining() {
        try {
            handler.draining();
        } catch (Throwable e) {
            handler.broke(e);
        }
    }

    /// The client takes more of the response.
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
