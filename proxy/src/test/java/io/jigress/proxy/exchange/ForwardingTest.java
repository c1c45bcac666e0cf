package io.jigress.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http1.HeadPool;
import io.jigress.proxy.http1.HeadState;
import io.jigress.proxy.http1.Http1RequestHead;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which address is the client's behind trusted proxies.
class ForwardingTest {
    private static final TrustedProxies PROXIES = new TrustedProxies(List.of("10.0.0.0/8", "fd00::/8"));

    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {"-, 10.0.0.1", "1.2.3.4, 1.2.3.4", "'1.2.3.4, 10.0.0.2', 1.2.3.4",
        "1.2.3.4:5678, 1.2.3.4",
        "'[2001:db8::1]:443, 10.9.9.9:80', 2001:db8::1", "'[2001:db8::1]', 2001:db8::1", "'1.2.3.4,', 1.2.3.4",
        "'1.2.3.4, ,', 1.2.3.4",
        "', 10.0.0.3', 10.0.0.3", "'1.2.3.4, unknown', 10.0.0.1", "'9.9.9.9, 1.2.3, 10.0.0.2', 10.0.0.2",
        "'9.9.9.9, 01.2.3.4', 10.0.0.1",
        "'9.9.9.9, 1.2.3.4', 1.2.3.4", "'fe80::1%eth0, fd00::2', fe80::1"})
    void theNearestAddressThatNoTrustedProxyHas(String forwarded, String client) {
        Http1RequestHead head = new HeadPool().request(HeadLimits.STANDARD, "http");
        String text = "GET / HTTP/1.1\r\nHost: a\r\n" + (forwarded == null ? "" : "X-Forwarded-For: " + forwarded + "\r\n")
                + "\r\n";
        assertThat(head.append(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1))).isEqualTo(HeadState.COMPLETE);
        Peer peer = new Peer(new InetSocketAddress(InetAddress.ofLiteral("10.0.0.1"), 1),
                () -> InetSocketAddress.createUnresolved("gateway", 2), 1, PROXIES, null);

        assertThat(new Forwarding(PROXIES, false, 80).client(peer, head)).isEqualTo(InetAddress.ofLiteral(client));
    }
}
