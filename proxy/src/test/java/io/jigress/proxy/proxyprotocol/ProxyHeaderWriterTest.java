package io.jigress.proxy.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.ConnectionFacts;
import io.jigress.api.ProxyProtocol;
import io.jigress.api.ProxyProtocol.Tlv;
import io.jigress.api.TlsFacts;
import io.jigress.config.ProxyProtocolOutput;
import io.jigress.proxy.tls.CertificateMaker;
import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateMaker.Made;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Headers that are written, as the reader reads them.
class ProxyHeaderWriterTest {
    private static final InetSocketAddress SENDER = address("127.0.0.1", 1);

    private record Client(InetSocketAddress peer, InetSocketAddress local, @Nullable TlsFacts tls,
            @Nullable ProxyProtocol proxyProtocol) implements ConnectionFacts {
        @Override
        public long id() {
            return 1;
        }
    }

    private static InetSocketAddress address(String ip, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
    }

    private static Client client(String from, String to) {
        return new Client(address(from, 4711), address(to, 443), null, null);
    }

    private static String line(@Nullable ConnectionFacts client) {
        return new String(ProxyHeaderWriter.write(ProxyProtocolOutput.V1, client), StandardCharsets.US_ASCII);
    }

    private static ProxyProtocol version2(@Nullable ConnectionFacts client) {
        byte[] bytes = ProxyHeaderWriter.write(ProxyProtocolOutput.V2, client);
        ProxyHeader read = ProxyHeader.read(Unpooled.wrappedBuffer(bytes), 4096, SENDER);
        assertThat(read).isInstanceOf(ProxyHeader.Complete.class).extracting("bytes").isEqualTo(bytes.length);
        return ((ProxyHeader.Complete) read).facts();
    }

    @Test
    void linesOfVersion1() {
        assertThat(line(client("192.0.2.1", "198.51.100.2"))).isEqualTo("PROXY TCP4 192.0.2.1 198.51.100.2 4711 443\r\n");
        assertThat(line(client("2001:db8::1", "2001:db8::2")))
                .isEqualTo("PROXY TCP6 2001:db8:0:0:0:0:0:1 2001:db8:0:0:0:0:0:2 4711 443\r\n");
        assertThat(line(client("192.0.2.1", "2001:db8::2")))
                .isEqualTo("PROXY TCP6 ::ffff:192.0.2.1 2001:db8:0:0:0:0:0:2 4711 443\r\n");
        assertThat(line(null)).isEqualTo("PROXY UNKNOWN\r\n");
        assertThat(ProxyHeaderWriter.write(ProxyProtocolOutput.NONE, client("192.0.2.1", "198.51.100.2"))).isEmpty();
    }

    @Test
    void aLinkLocalAddressIsWrittenWithoutZone() throws Exception {
        InetAddress scoped = java.net.Inet6Address.getByAddress(null, InetAddress.ofLiteral("fe80::1").getAddress(), 3);
        Client client = new Client(new InetSocketAddress(scoped, 1), address("fe80::2", 2), null, null);
        assertThat(line(client)).isEqualTo("PROXY TCP6 fe80:0:0:0:0:0:0:1 fe80:0:0:0:0:0:0:2 1 2\r\n");
    }

    @Test
    void addressesOfVersion2() {
        assertThat(version2(client("192.0.2.1", "198.51.100.2")))
                .isEqualTo(new ProxyProtocol(2, SENDER, address("192.0.2.1", 4711),
                        address("198.51.100.2", 443), List.of()));
        assertThat(version2(client("2001:db8::1", "192.0.2.2")))
                .isEqualTo(new ProxyProtocol(2, SENDER, address("2001:db8::1", 4711),
                        address("192.0.2.2", 443), List.of()));
        assertThat(version2(null)).isEqualTo(new ProxyProtocol(2, SENDER, null, null, List.of()));
    }

    @Test
    void tlsOfTheClient() {
        TlsFacts tls = new TlsFacts("TLSv1.3", "TLS_AES_128_GCM_SHA256", "a.test", "h2", List.of(), false);
        ProxyProtocol told = version2(new Client(address("192.0.2.1", 1), address("192.0.2.2", 2), tls, null));
        assertThat(told.alpn()).isEqualTo("h2");
        assertThat(told.authority()).isEqualTo("a.test");
        assertThat(told.ssl()).isEqualTo(
                new ProxyProtocol.Ssl(true, false, false, false, "TLSv1.3", "", "TLS_AES_128_GCM_SHA256", "", ""));
    }

    @Test
    void theNameInACertificateIsToldIfItWasVerified() {
        CertificateMaker maker = new CertificateMaker(Instant.EPOCH, Instant.EPOCH.plusSeconds(1));
        Made own = maker.certificate(List.of("bob"), KeyKind.ECDSA, maker.authority("CA"));
        TlsFacts verified = new TlsFacts("TLSv1.2", "X", "", "", List.of(own.certificate()), true);
        TlsFacts not = new TlsFacts("TLSv1.2", "X", "", "", List.of(own.certificate()), false);
        Client client = client("192.0.2.1", "192.0.2.2");
        String name = own.certificate().getSubjectX500Principal().getName().replace("CN=", "");
        assertThat(version2(new Client(client.peer(), client.local(), verified, null)).ssl())
                .isEqualTo(new ProxyProtocol.Ssl(true, true, false, true, "TLSv1.2", name, "X", "", ""));
        assertThat(version2(new Client(client.peer(), client.local(), not, null)).ssl())
                .isEqualTo(new ProxyProtocol.Ssl(true, true, false, false, "TLSv1.2", "", "X", "", ""));
    }

    @Test
    void theIdOfTheConnectionIsPassedOn() {
        byte[] id = {0, 1, 2};
        ProxyProtocol header = new ProxyProtocol(2, SENDER, null, null,
                List.of(new Tlv(0xea, id), new Tlv(ProxyProtocol.UNIQUE_ID, id)));
        ProxyProtocol told = version2(new Client(address("192.0.2.1", 1), address("192.0.2.2", 2), null, header));
        assertThat(told.uniqueId()).isEqualTo(id);
        assertThat(told.tlvs()).hasSize(1);
    }
}
