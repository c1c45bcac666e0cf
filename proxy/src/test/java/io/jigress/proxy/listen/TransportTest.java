package io.jigress.proxy.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.uring.IoUring;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransportTest {

    @Test
    void autoTakesTheFirstThatThereIs() {
        boolean ioUring = IoUring.isAvailable() && Transport.isRecent(System.getProperty("os.version"));
        assertThat(Transport.choose("auto").name()).isEqualTo(ioUring ? "io_uring" : Epoll.isAvailable() ? "epoll" : "nio");
    }

    @ParameterizedTest
    @CsvSource({"6.1, true", "6.1.0-18-amd64, true", "6.18.44-fc-v595, true", "7.0.1, true", "10.0, true", "6.0.19, false",
        "5.15.0-91-generic, false", "5.4, false", "24.6.0, true", "unknown, false", "6, false", "99999999999.1, false"})
    void ioUringIsTakenFromLinux61On(String kernel, boolean recent) {
        assertThat(Transport.isRecent(kernel)).isEqualTo(recent);
    }

    @Test
    void anUnknownNameIsAFaultThatSaysWhatFits() {
        assertThatThrownBy(() -> Transport.choose("kqueue")).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("transport: \"kqueue\" (expected: auto, epoll, io_uring or nio)");
    }
}
