package io.jigress.proxy.listen;

import io.jigress.api.ProxyProtocol;
import io.jigress.config.ProxyProtocolInput;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.proxyprotocol.ConnectionAddresses;
import io.jigress.proxy.proxyprotocol.ProxyHeader;
import io.jigress.proxy.telemetry.ProxyProtocolFailure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// Reads the header of the PROXY protocol of one connection, whose listener requires or allows one. Event loop only.
final class ProxyHeaderReader {
    enum Step {
        /// More bytes are needed.
        WAIT,
        /// The header has been read and skipped, or there need not be one and is none.
        DONE,
        /// The connection is to be closed; that has been counted and logged.
        REFUSE
    }

    private final ExchangeContext context;
    private final Frontend frontend;
    private final Channel channel;
    private final ProxyHeaderLog log;
    private final boolean required;
    private final boolean trusted;
    /// The bytes so far can only be a header.
    private boolean begun;

    private ProxyHeaderReader(ExchangeContext context, Frontend frontend, Channel channel, InetSocketAddress sender,
            ProxyHeaderLog log) {
        this.context = context;
        this.frontend = frontend;
        this.channel = channel;
        this.log = log;
        this.required = frontend.proxyProtocol() == ProxyProtocolInput.REQUIRED;
        this.trusted = frontend.proxies().contains(sender.getAddress());
    }

    /// For a connection that was accepted; null where its listener does not look for a header.
    static @Nullable ProxyHeaderReader of(ExchangeContext context, Frontend frontend, Channel channel, ProxyHeaderLog log) {
        return frontend.proxyProtocol() != ProxyProtocolInput.OFF && channel.remoteAddress() instanceof InetSocketAddress sender
                ? new ProxyHeaderReader(context, frontend, channel, sender, log)
                : null;
    }

    /// Whether the connection is to be closed before its first byte.
    boolean refuses() {
        if (required && !trusted) {
            failed(ProxyProtocolFailure.UNTRUSTED, "it is not in proxies.trusted");
            return true;
        }
        return false;
    }

    /// @param in the first bytes; the header is skipped
    Step read(ByteBuf in) {
        InetSocketAddress sender = (InetSocketAddress) channel.remoteAddress();
        ProxyHeader header = ProxyHeader.read(in, frontend.settings().handshakes().proxyHeaderBytes(), sender);
        if (!trusted && !(header instanceof ProxyHeader.Undecided || header instanceof ProxyHeader.Absent)) {
            return refuse(ProxyProtocolFailure.UNTRUSTED, "it sent a header and is not in proxies.trusted");
        }
        return switch (header) {
            case ProxyHeader.Undecided _ -> {
                begun = required;
                yield Step.WAIT;
            }
            case ProxyHeader.Incomplete _ -> {
                begun = true;
                yield Step.WAIT;
            }
            case ProxyHeader.Absent _ -> required
                    ? refuse(ProxyProtocolFailure.MISSING, "it did not begin with a header")
                    : Step.DONE;
            case ProxyHeader.Invalid invalid -> refuse(invalid.reason(), invalid.what());
            case ProxyHeader.Complete complete -> {
                accept(complete.facts());
                in.skipBytes(complete.bytes());
                yield Step.DONE;
            }
        };
    }

    private void accept(ProxyProtocol header) {
        context.loop().metrics().proxyHeaders++;
        ConnectionAddresses.begin(channel, header);
    }

    /// The connection is closed within what may be a header.
    ///
    /// @return whether it was one, which has been counted and logged
    boolean gaveUp(boolean timedOut) {
        if (begun) {
            failed(timedOut ? ProxyProtocolFailure.TIMEOUT : ProxyProtocolFailure.CLOSED_BY_PEER,
                    timedOut ? "its header took too long" : "it ended within the header");
        }
        return begun;
    }

    private Step refuse(ProxyProtocolFailure reason, String what) {
        failed(reason, what);
        return Step.REFUSE;
    }

    private void failed(ProxyProtocolFailure reason, String what) {
        context.loop().metrics().proxyHeaderFailed(reason);
        log.failed(frontend.name(), ConnectionAddresses.text(channel), reason, what);
    }
}
