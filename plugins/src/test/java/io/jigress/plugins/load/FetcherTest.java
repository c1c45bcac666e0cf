package io.jigress.plugins.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Downloads with servers that redirect, and send more than they should.
@Timeout(60)
class FetcherTest {
    private final Fetcher fetcher = new Fetcher(Duration.ofSeconds(20));
    /// Server, path and credentials of each request.
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private HttpServer first;
    private HttpServer other;

    @BeforeEach
    void start() throws IOException {
        first = server("first");
        other = server("other");
    }

    @AfterEach
    void stop() {
        first.stop(0);
        other.stop(0);
    }

    /// `/here` answers, `/to-other` redirects to the other server, `/loop` to itself.
    private HttpServer server(String name) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", call -> {
            String path = call.getRequestURI().getPath();
            requests.add(name + path + " " + call.getRequestHeaders().getFirst("authorization"));
            switch (path) {
                case "/here" -> {
                    call.sendResponseHeaders(200, 4);
                    call.getResponseBody().write(new byte[4]);
                }
                case "/near" -> redirect(call, "/here");
                case "/to-other" -> redirect(call, url(other, "/back"));
                case "/file" -> redirect(call, "file:///etc/hostname");
                case "/odd" -> redirect(call, "http://[");
                case "/back" -> redirect(call, url(first, "/here"));
                default -> redirect(call, path);
            }
            call.close();
        });
        server.start();
        return server;
    }

    private static void redirect(HttpExchange call, String to) throws IOException {
        call.getResponseHeaders().add("location", to);
        call.sendResponseHeaders(302, -1);
    }

    private static String url(HttpServer server, String path) {
        return "http://localhost:" + server.getAddress().getPort() + path;
    }

    @Test
    void credentialsGoToNoOtherServerNorBackFromThere() throws CodeFault {
        assertThat(fetcher.get(url(first, "/near"), "*/*", "Basic x", 10).status()).isEqualTo(200);
        assertThat(requests).containsExactly("first/near Basic x", "first/here Basic x");
        requests.clear();
        assertThat(fetcher.get(url(first, "/to-other"), "*/*", "Basic x", 10).status()).isEqualTo(200);
        assertThat(requests).containsExactly("first/to-other Basic x", "other/back null", "first/here null");
    }

    @Test
    void redirectsWithoutEndAreGivenUp() {
        assertThatThrownBy(() -> fetcher.get(url(first, "/loop"), "*/*", null, 10)).isInstanceOf(CodeFault.class)
                .hasMessage("is redirected more than 5 times");
        assertThat(requests).hasSize(6);
    }

    @Test
    void aRedirectToWhatIsNoServerIsAFault() {
        for (String path : List.of("/file", "/odd")) {
            assertThatThrownBy(() -> fetcher.get(url(first, path), "*/*", null, 10)).as(path).isInstanceOf(CodeFault.class)
                    .hasMessageStartingWith("cannot be fetched: ");
        }
        assertThatThrownBy(
                () -> new CodeLoader(CodeKind.WASM, null).load(new CodeReference("file:///%zz", null, null, null, null)))
                .isInstanceOf(CodeFault.class).hasMessageStartingWith("is no path: ");
    }

    @Test
    void anAnswerThatIsTooLongIsNotRead() {
        assertThatThrownBy(() -> fetcher.get(url(first, "/here"), "*/*", null, 3)).isInstanceOf(CodeFault.class)
                .hasMessage("has more than 3 bytes");
    }
}
