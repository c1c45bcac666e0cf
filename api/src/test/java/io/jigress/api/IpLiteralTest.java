package io.jigress.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpLiteralTest {

    @ParameterizedTest
    @CsvSource({"1.2.3.4, 1.2.3.4", "0.0.0.0, 0.0.0.0", "255.255.255.255, 255.255.255.255", "::1, ::1",
        "2001:DB8::1, 2001:db8::1",
        "::ffff:1.2.3.4, 1.2.3.4", "64:ff9b::192.0.2.33, 64:ff9b::c000:221"})
    void addressesInTheirUsualNotation(String text, String address) {
        assertThat(IpLiteral.parse(text)).isEqualTo(InetAddress.ofLiteral(address));
        assertThat(IpLiteral.ofHop(" " + text + "\t")).isEqualTo(InetAddress.ofLiteral(address));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1.2.3", "1", "16909060", "1.2.3.4.5", "01.2.3.4", "1.2.3.010", "1.2.3.256", "0x1.2.3.4",
        "1.2.3.4 ",
        "a.example", "localhost", ":", ":::", "1::2::3", "fe80::1%eth0", "[::1]", "::1.2.3", "::01.2.3.4", "::g", "1.2.3.4:80",
        "::\u0661"})
    void whatIsNoAddress(String text) {
        assertThat(IpLiteral.parse(text)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"1.2.3.4:5678, 1.2.3.4", "[2001:db8::1]:443, 2001:db8::1", "[2001:db8::1], 2001:db8::1", "fe80::1%eth0, fe80::1",
        "[fe80::1%25eth0]:80, fe80::1", "[::ffff:1.2.3.4]:80, 1.2.3.4"})
    void whatProxiesAddIsTakenOff(String element, String address) {
        assertThat(IpLiteral.ofHop(element)).isEqualTo(InetAddress.ofLiteral(address));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "unknown", "_hidden", "1.2.3:80", "1.2.3.4:", "1.2.3.4:http", "1.2.3.4:99999", "1.2.3.4:-1",
        "[::1", "[::1]80",
        "[1.2.3.4]:80", "::1]", "fe80::1%", "\"1.2.3.4\"", "1.2.3.4 5.6.7.8"})
    void anElementWithoutAReadableAddress(String element) {
        assertThat(IpLiteral.ofHop(element)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"1.2.3.4:80, 1.2.3.4, 80", "[2001:db8::1]:65535, 2001:db8::1, 65535", "[::1]:0, ::1, 0"})
    void addressesWithPorts(String text, String address, int port) {
        assertThat(IpLiteral.withPort(text)).isEqualTo(new InetSocketAddress(InetAddress.ofLiteral(address), port));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":", ":80", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "[::1]", "::1:80", "[]:80",
        "[::1:80",
        "::1]:80", "[1.2.3:80", "cart:80", "[::1]x:80", "1.2.3.4]:80"})
    void whatIsNoAddressWithAPort(String text) {
        assertThat(IpLiteral.withPort(text)).isNull();
    }
}
