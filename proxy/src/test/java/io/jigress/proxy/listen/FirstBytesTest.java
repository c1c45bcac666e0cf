package io.jigress.proxy.listen;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FirstBytesTest {
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final String PROXY_2 = "\r\n\r\n\0\r\nQUIT\n";

    private static FirstBytes of(String text) {
        // After bytes that were read already.
        ByteBuf in = Unpooled.copiedBuffer("xx" + text, StandardCharsets.ISO_8859_1).skipBytes(2);
        FirstBytes found = FirstBytes.of(in);
        assertThat(in.readerIndex()).isEqualTo(2);
        return found;
    }

    @Test
    void theFirstByteTellsAClientHello() {
        assertThat(of("\u0016")).isEqualTo(FirstBytes.CLIENT_HELLO);
        assertThat(of("\u0016\u0003\u0001\u0002\u0000\u0001")).isEqualTo(FirstBytes.CLIENT_HELLO);
    }

    @Test
    void thePrefaceOfHttp2IsToldWhenItIsWhole() {
        for (int length = 0; length < PREFACE.length(); length++) {
            assertThat(of(PREFACE.substring(0, length))).isEqualTo(FirstBytes.UNDECIDED);
        }
        assertThat(of(PREFACE)).isEqualTo(FirstBytes.HTTP2_PREFACE);
        assertThat(of(PREFACE + "\0\0\0\4")).isEqualTo(FirstBytes.HTTP2_PREFACE);
    }

    @Test
    void bothVersionsOfTheProxyHeaderAreTold() {
        assertThat(of("PROXY TCP4 ")).isEqualTo(FirstBytes.PROXY_HEADER);
        assertThat(of("PROXY")).isEqualTo(FirstBytes.UNDECIDED);
        assertThat(of(PROXY_2)).isEqualTo(FirstBytes.PROXY_HEADER);
        assertThat(of(PROXY_2.substring(0, 11))).isEqualTo(FirstBytes.UNDECIDED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1\r\n", "G", "POST", "PO", "PUT / ", "PRINT / ", "PROPFIND / ", "PROXYING / ",
        "PRI / HTTP/1.1\r\n",
        "\r\n\r\nG", "\r\nG", "\n", "\0", "\u0015\u0003\u0001", "SSH-2.0-x"})
    void everythingElseIsAnotherProtocolAsSoonAsItDiffers(String text) {
        assertThat(of(text)).isEqualTo(FirstBytes.OTHER);
    }
}
