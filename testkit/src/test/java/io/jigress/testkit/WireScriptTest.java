package io.jigress.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class WireScriptTest {

    @TestFactory
    Stream<DynamicTest> scriptsOfAFolder() {
        return WireScript.tests(WireScriptTest.class, "wire", WireScriptTest::tunnel);
    }

    @Test
    void escapesStandForTheirBytes() {
        WireScript script = WireScript.parse("x", "# c\n@ limit 8k\n> a\\r\\n\\t\\0\\xff\\\\\\{b}\\\n>\n<!close\n");
        assertThat(script.settings()).containsEntry("limit", "8k");
        assertThat(script.steps().get(0).bytes()).startsWith("a\r\n\t\0\u00ff\\{b").doesNotEndWith("\n");
        assertThat(script.steps().get(1)).isEqualTo(new WireScript.Step(4, ">", "\r\n"));
        assertThat(script.steps().get(2).sign()).isEqualTo("<!close");
    }

    @Test
    void anUnknownSignTellsItsLine() {
        assertThatThrownBy(() -> WireScript.parse("x", "\n>x")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("x.wire:2");
    }

    @Test
    void aDifferenceTellsItsLineWhatWasExpectedAndWhatCame() {
        WireScript script = WireScript.parse("x", "> hello\n>> hello\n<< one\n<< two\n< one\n< three\n");
        assertThatThrownBy(() -> script.run(WireScriptTest::tunnel)).isInstanceOf(AssertionError.class)
                .hasMessageContaining("x.wire:6").hasMessageContaining("expected: three\\r\\n")
                .hasMessageContaining("got:      two\\r\\n");
    }

    @Test
    void whatWasForwardedUnseenFails() {
        WireScript script = WireScript.parse("x", "> hello\n>> hel\\\n<<nothing\n");
        assertThatThrownBy(() -> script.run(WireScriptTest::tunnel)).isInstanceOf(AssertionError.class)
                .hasMessageContaining("x.wire:3").hasMessageContaining("lo\\r\\n");
    }

    @Test
    void whatTheClientGotUnseenFails() {
        WireScript script = WireScript.parse("x", "> a\n>> a\n<< one\n<<close\n< on\\\n");
        assertThatThrownBy(() -> script.run(WireScriptTest::tunnel)).isInstanceOf(AssertionError.class)
                .hasMessageContaining("nothing more at the client");
    }

    /// A gateway that forwards all bytes both ways.
    private static WireScript.Gateway tunnel(WireScript script, InetSocketAddress upstream) throws IOException {
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            while (true) {
                try {
                    Socket client = server.accept();
                    Socket up = new Socket(upstream.getAddress(), upstream.getPort());
                    Thread.ofVirtual().start(() -> copy(client, up));
                    Thread.ofVirtual().start(() -> copy(up, client));
                } catch (IOException _) {
                    return;
                }
            }
        });
        return new WireScript.Gateway((InetSocketAddress) server.getLocalSocketAddress(), server);
    }

    private static void copy(Socket from, Socket to) {
        try (from; to; InputStream in = from.getInputStream()) {
            in.transferTo(to.getOutputStream());
        } catch (IOException _) {
            // One side has closed.
        }
    }
}
