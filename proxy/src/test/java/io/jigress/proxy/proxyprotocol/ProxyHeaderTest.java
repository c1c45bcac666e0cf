package io.jigress.proxy.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.ProxyProtocol;
import io.jigress.api.ProxyProtocol.Tlv;
import io.jigress.proxy.telemetry.ProxyProtocolFailure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Headers of both versions: what is read from them, which are refused, and that they may arrive in any parts.
class ProxyHeaderTest {
    private static final InetSocketAddress SENDER = new InetSocketAddress(InetAddress.ofLiteral("10.0.0.1"), 4711);
    private static final int MAX = 512;
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    /// 192.0.2.1:56324 to 198.51.100.2:443.
    private static final String TCP_4 = "c0000201 c6336402 dc04 01bb";
    private static final String TCP_6 = "20010db8000000000000000000000001 20010db8000000000000000000000002 dc04 01bb";

    static byte[] line(String text) {
        return text.replace("\\r", "\r").replace("\\n", "\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    /// @param rest addresses and fields
    static byte[] binary(int command, int family, String rest) {
        byte[] body = hex(rest);
        return binary(command, family, body.length, rest);
    }

    private static byte[] binary(int command, int family, int length, String rest) {
        return hex(SIGNATURE + "%02x%02x%04x".formatted(command, family, length) + rest);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static ProxyHeader read(byte[] bytes) {
        ByteBuf in = Unpooled.buffer().writeZero(3).writeBytes(bytes).skipBytes(3);
        ProxyHeader header = ProxyHeader.read(in, MAX, SENDER);
        assertThat(in.readerIndex()).isEqualTo(3);
        return header;
    }

    private static ProxyProtocol facts(byte[] bytes) {
        ProxyHeader header = read(bytes);
        assertThat(header).isInstanceOf(ProxyHeader.Complete.class);
        return ((ProxyHeader.Complete) header).facts();
    }

    private static ProxyProtocolFailure refused(byte[] bytes) {
        ProxyHeader header = read(bytes);
        assertThat(header).isInstanceOf(ProxyHeader.Invalid.class);
        return ((ProxyHeader.Invalid) header).reason();
    }

    private static String text(InetSocketAddress address) {
        return address == null ? "-" : address.getAddress().getHostAddress() + " " + address.getPort();
    }

    @ParameterizedTest
    @CsvSource({"TCP4 192.0.2.1 198.51.100.2 56324 443, 192.0.2.1 56324, 198.51.100.2 443",
        "TCP4 0.0.0.0 255.255.255.255 0 65535, 0.0.0.0 0, 255.255.255.255 65535",
        "TCP6 2001:db8::1 2001:DB8::2 1 2, 2001:db8:0:0:0:0:0:1 1, 2001:db8:0:0:0:0:0:2 2",
        "TCP6 ::ffff:192.0.2.1 2001:db8::2 1 2, 192.0.2.1 1, 2001:db8:0:0:0:0:0:2 2",
        "TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe 65535 65535, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535, ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe 65535",
        "UNKNOWN, -, -", "UNKNOWN ffff::1 anything at all 1 2 3, -, -"})
    void aLineOfVersion1(String rest, String source, String destination) {
        byte[] header = line("PROXY " + rest + "\\r\\n");
        ProxyProtocol facts = facts(header);
        assertThat(facts.version()).isEqualTo(1);
        assertThat(facts.sender()).isEqualTo(SENDER);
        assertThat(text(facts.source())).isEqualTo(source);
        assertThat(text(facts.destination())).isEqualTo(destination);
        assertThat(facts.tlvs()).isEmpty();
        assertThat(
                read((new String(header, StandardCharsets.ISO_8859_1) + "GET / HTTP/1.1").getBytes(StandardCharsets.ISO_8859_1)))
                .isEqualTo(new ProxyHeader.Complete(facts, header.length));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PROXY \\r\\n", "PROXY TCP4\\r\\n", "PROXY TCP4 \\r\\n", "PROXY TCP4 192.0.2.1 198.51.100.2 1\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 \\r\\n", "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3\\r\\n",
        "PROXY  TCP4 192.0.2.1 198.51.100.2 1 2\\r\\n", "PROXY TCP4  192.0.2.1 198.51.100.2 1 2\\r\\n",
        "PROXY TCP4\\t192.0.2.1 198.51.100.2 1 2\\r\\n", "PROXY TCP4 192.0.2.1 198.51.100.2 1 2\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 2\\r\\r\\n", "PROXY TCP4 192.0.2.1\\r 198.51.100.2 1 2\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 01 2\\r\\n", "PROXY TCP4 192.0.2.1 198.51.100.2 00 2\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 65536 2\\r\\n", "PROXY TCP4 192.0.2.1 198.51.100.2 -1 2\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 +1 2\\r\\n", "PROXY TCP4 192.0.2.1 198.51.100.2 1 99999999999\\r\\n",
        "PROXY TCP4 192.0.2.01 198.51.100.2 1 2\\r\\n", "PROXY TCP4 192.0.2.256 198.51.100.2 1 2\\r\\n",
        "PROXY TCP4 192.0.2 198.51.100.2 1 2\\r\\n", "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\\r\\n",
        "PROXY TCP6 192.0.2.1 198.51.100.2 1 2\\r\\n", "PROXY TCP6 2001:db8::1 [2001:db8::2] 1 2\\r\\n",
        "PROXY TCP6 fe80::1%eth0 2001:db8::2 1 2\\r\\n", "PROXY TCP6 2001::db8::1 2001:db8::2 1 2\\r\\n",
        "PROXY tcp4 192.0.2.1 198.51.100.2 1 2\\r\\n", "PROXY TCP5 192.0.2.1 198.51.100.2 1 2\\r\\n",
        "PROXY UDP4 192.0.2.1 198.51.100.2 1 2\\r\\n", "PROXY UNKNOWNS\\r\\n", "PROXY UNKNOWN\\n",
        "PROXY TCP4 localhost 198.51.100.2 1 2\\r\\n"})
    void aLineThatBreaksTheRulesIsRefused(String line) {
        assertThat(refused(line(line))).isEqualTo(ProxyProtocolFailure.MALFORMED);
    }

    @Test
    void aLineHasAtMost107Bytes() {
        String longest = "PROXY UNKNOWN " + "x".repeat(91);
        assertThat(facts(line(longest + "\\r\\n")).source()).isNull();
        assertThat(read(line(longest + "x"))).isEqualTo(ProxyHeader.INCOMPLETE);
        assertThat(refused(line(longest + "x\\r\\n"))).isEqualTo(ProxyProtocolFailure.TOO_LONG);
        assertThat(refused(line(longest + "xx"))).isEqualTo(ProxyProtocolFailure.TOO_LONG);
    }

    @Test
    void addressesOfVersion2() {
        ProxyProtocol four = facts(binary(0x21, 0x11, TCP_4));
        assertThat(four.version()).isEqualTo(2);
        assertThat(four.sender()).isEqualTo(SENDER);
        assertThat(text(four.source())).isEqualTo("192.0.2.1 56324");
        assertThat(text(four.destination())).isEqualTo("198.51.100.2 443");
        ProxyProtocol six = facts(binary(0x21, 0x21, TCP_6));
        assertThat(text(six.source())).isEqualTo("2001:db8:0:0:0:0:0:1 56324");
        assertThat(text(six.destination())).isEqualTo("2001:db8:0:0:0:0:0:2 443");
    }

    @Test
    void aConnectionOfTheSenderItselfKeepsItsAddresses() {
        // LOCAL: family and block are ignored, whatever they are.
        for (byte[] header : List.of(binary(0x20, 0x00, ""), binary(0x20, 0x11, TCP_4), binary(0x20, 0xff, "01"),
                binary(0x20, 0x11, "03ffff"))) {
            assertThat(facts(header)).isEqualTo(new ProxyProtocol(2, SENDER, null, null, List.of()));
        }
    }

    @Test
    void addressesThatAreNotOfTcpAreIgnored() {
        for (byte[] header : List.of(binary(0x21, 0x00, ""), binary(0x21, 0x00, "0400010a"), binary(0x21, 0x12, TCP_4),
                binary(0x21, 0x22, TCP_6), binary(0x21, 0x31, "2f".repeat(216)), binary(0x21, 0x32, "2f".repeat(216)))) {
            assertThat(facts(header)).isEqualTo(new ProxyProtocol(2, SENDER, null, null, List.of()));
        }
    }

    @ParameterizedTest
    @CsvSource({"22, 11", "2f, 11", "11, 11", "01, 11", "31, 11", "21, 01", "21, 02", "21, 10", "21, 20", "21, 13", "21, 30",
        "21, 33",
        "21, 41", "21, ff"})
    void unknownCommandsAndFamiliesAreRefusedAtOnce(String command, String family) {
        byte[] header = binary(Integer.parseInt(command, 16), Integer.parseInt(family, 16), 12, "");
        assertThat(refused(header)).isEqualTo(ProxyProtocolFailure.MALFORMED);
    }

    @ParameterizedTest
    @CsvSource({"11, 0", "11, 11", "12, 11", "21, 35", "22, 35", "31, 215", "32, 0"})
    void aLengthBelowThatOfTheAddressesIsRefusedAtOnce(String family, int length) {
        assertThat(refused(binary(0x21, Integer.parseInt(family, 16), length, ""))).isEqualTo(ProxyProtocolFailure.MALFORMED);
    }

    @Test
    void aLongHeaderIsRefusedBeforeItArrives() {
        assertThat(read(binary(0x21, 0x11, MAX - 16, ""))).isEqualTo(ProxyHeader.INCOMPLETE);
        assertThat(refused(binary(0x21, 0x11, MAX - 15, ""))).isEqualTo(ProxyProtocolFailure.TOO_LONG);
        assertThat(refused(binary(0x20, 0x00, 0xffff, ""))).isEqualTo(ProxyProtocolFailure.TOO_LONG);
    }

    @Test
    void fields() {
        ProxyProtocol facts = facts(binary(0x21, 0x11, TCP_4 + "01 0002 6832" + "02 0006 612e74657374" + "04 0002 0000"
                + "05 0003 00ff10" + "30 0002 6e73" + "ea 0004 01767063" + "e0 0000"
                + "20 0028 03 00000000 21 0007 544c5376312e33 22 0003 626f62 23 0003 414553 24 0004 52534131 25 0003 452035"));
        assertThat(facts.alpn()).isEqualTo("h2");
        assertThat(facts.authority()).isEqualTo("a.test");
        assertThat(facts.uniqueId()).isEqualTo(hex("00ff10"));
        assertThat(facts.netns()).isEqualTo("ns");
        assertThat(facts.tlv(0xea)).extracting(Tlv::value).isEqualTo(hex("01767063"));
        assertThat(facts.tlv(0xe0)).extracting(Tlv::text).isEqualTo("");
        assertThat(facts.tlv(0xe1)).isNull();
        assertThat(facts.tlv(ProxyProtocol.NOOP)).isNull();
        assertThat(facts.ssl())
                .isEqualTo(new ProxyProtocol.Ssl(true, true, false, true, "TLSv1.3", "bob", "AES", "RSA1", "E 5"));
    }

    @Test
    void verificationOfClientCertificates() {
        assertThat(facts(binary(0x21, 0x11, TCP_4 + "20 0005 01 00000000")).ssl())
                .isEqualTo(new ProxyProtocol.Ssl(true, false, false, false, "", "", "", "", ""));
        assertThat(facts(binary(0x21, 0x11, TCP_4 + "20 0005 05 00000000")).ssl())
                .isEqualTo(new ProxyProtocol.Ssl(true, false, true, true, "", "", "", "", ""));
        assertThat(facts(binary(0x21, 0x11, TCP_4 + "20 0005 03 0000000a")).ssl())
                .isEqualTo(new ProxyProtocol.Ssl(true, true, false, false, "", "", "", "", ""));
        assertThat(facts(binary(0x21, 0x11, TCP_4)).ssl()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"01", "0100", "010001", "01 0003 6832", "e0 ffff 00", "01 0002 6832 02", "03 0003 000000",
        "03 0005 0000000000",
        "20 0000", "20 0004 01000000", "20 0006 01 00000000 21", "20 0009 01 00000000 21 0002 54", "20 0008 01 00000000 21 0001"})
    void aFieldThatEndsBeyondItsPlaceIsRefused(String fields) {
        assertThat(refused(binary(0x21, 0x11, TCP_4 + fields))).isIn(ProxyProtocolFailure.MALFORMED,
                ProxyProtocolFailure.CHECKSUM);
    }

    @Test
    void anIdHasAtMost128Bytes() {
        assertThat(facts(binary(0x21, 0x11, TCP_4 + "05 0080" + "aa".repeat(128))).uniqueId()).hasSize(128);
        assertThat(refused(binary(0x21, 0x11, TCP_4 + "05 0081" + "aa".repeat(129)))).isEqualTo(ProxyProtocolFailure.MALFORMED);
    }

    @Test
    void theChecksumIsVerified() {
        byte[] header = binary(0x21, 0x11, TCP_4 + "02 0006 612e74657374 03 0004 00000000 04 0001 00");
        int at = header.length - 8;
        long sum = ProxyHeaderV2.checksum(header, at);
        for (int i = 0; i < 4; i++) {
            header[at + i] = (byte) (sum >>> 24 - 8 * i);
        }
        assertThat(facts(header).authority()).isEqualTo("a.test");
        for (int i = 16; i < header.length; i++) {
            byte[] changed = header.clone();
            changed[i] ^= 1;
            if (i != at - 3) { // The type of the field: there is no checksum then.
                assertThat(read(changed)).isInstanceOf(ProxyHeader.Invalid.class);
            }
        }
        assertThat(refused(binary(0x21, 0x11, TCP_4 + "03 0004 00000000"))).isEqualTo(ProxyProtocolFailure.CHECKSUM);
    }

    @ParameterizedTest
    @CsvSource({"GET / HTTP/1.1\\r\\n, true", "P, false", "PO, true", "PROXY, false", "PROXYS / HTTP/1.1, true",
        "proxy TCP4, true",
        "PRI * HTTP/2.0, true", "\\r\\nGET, true", "\\r\\n\\r\\n, false", "\\r\\n\\r\\nG, true"})
    void whatIsNoHeader(String text, boolean certain) {
        assertThat(read(line(text))).isEqualTo(certain ? ProxyHeader.ABSENT : ProxyHeader.UNDECIDED);
    }

    @Test
    void aHeaderMayArriveInAnyParts() {
        for (byte[] header : List.of(line("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\\r\\n"), line("PROXY UNKNOWN\\r\\n"),
                binary(0x21, 0x11, TCP_4 + "01 0002 6832"), binary(0x20, 0x00, ""))) {
            int signature = header[0] == 'P' ? 6 : 12;
            for (int length = 0; length < header.length; length++) {
                assertThat(read(Arrays.copyOf(header, length)))
                        .isEqualTo(length < signature ? ProxyHeader.UNDECIDED : ProxyHeader.INCOMPLETE);
            }
            assertThat(read(header)).isInstanceOf(ProxyHeader.Complete.class);
        }
    }

    /// Whatever arrives: no exception, and an outcome that more bytes do not change.
    @Test
    @Tag("suite")
    void anyBytesHaveOneOutcomeHoweverTheyArrive() {
        Random random = new Random(17);
        List<byte[]> headers = List.of(line("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\\r\\nGET"),
                line("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\\r\\n"),
                binary(0x21, 0x11, TCP_4 + "01 0002 6832 20 000f 03 00000000 21 0007 544c5376312e33 03 0004 01020304"),
                binary(0x21, 0x21, TCP_6 + "ea 0002 0000"), binary(0x20, 0x00, "040000"));
        for (int round = 0; round < 50_000; round++) {
            byte[] bytes = headers.get(random.nextInt(headers.size())).clone();
            for (int i = random.nextInt(3); i > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            ProxyHeader before = ProxyHeader.UNDECIDED;
            for (int length = 0; length <= bytes.length; length++) {
                ProxyHeader now = read(Arrays.copyOf(bytes, length));
                switch (before) {
                    case ProxyHeader.Undecided _ -> {
                    }
                    case ProxyHeader.Incomplete _ ->
                        assertThat(now).isNotInstanceOfAny(ProxyHeader.Undecided.class, ProxyHeader.Absent.class);
                    case ProxyHeader.Absent _ -> assertThat(now).isEqualTo(before);
                    case ProxyHeader.Invalid invalid ->
                        assertThat(now).isInstanceOf(ProxyHeader.Invalid.class).extracting("reason").isEqualTo(invalid.reason());
                    case ProxyHeader.Complete complete ->
                        assertThat(now).isInstanceOf(ProxyHeader.Complete.class).extracting("bytes").isEqualTo(complete.bytes());
                }
                before = now;
            }
        }
    }
}
