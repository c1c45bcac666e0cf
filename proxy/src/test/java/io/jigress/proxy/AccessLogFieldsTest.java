package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The fields of the access log for a request that was served.
@ExtendWith(NoLeaks.class)
class AccessLogFieldsTest {

    private static String line(String... headers) {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("x"));
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).accessLog().start()) {
            try (TestClient client = gateway.connect()) {
                client.send(TestClient.head("GET", "/a?b=c", headers) + "\r\n");
                assertThat(client.readResponse().status()).isEqualTo(200);
            }
            List<String> lines = gateway.closeAndReadLog();
            assertThat(lines).hasSize(1);
            return lines.getFirst();
        }
    }

    @Test
    void theHostIsLoggedAsItCame() {
        assertThat(line("host: Shop.Example.:8080")).contains("\"host\":\"Shop.Example.:8080\"");
        assertThat(line("host: [::1]:81")).contains("\"host\":\"[::1]:81\"");
    }

    @Test
    void routeAndClusterHaveTheNamesOfExplain() {
        assertThat(line("host: a")).contains("\"route\":\"HTTPRoute test/all\"", "\"cluster\":\"Backend test/up\"",
                "\"scheme\":\"http\"", "\"upstream_status\":200");
    }

    @Test
    void refererAndTraceIdAreLogged() {
        assertThat(line("host: a", "referer: https://a/\u00ff",
                "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
                .contains("\"referer\":\"https://a/\\u00ff\"", "\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"");
        assertThat(line("host: a", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e473!-00f067aa0ba902b7-01"))
                .doesNotContain("trace_id", "referer");
        assertThat(line("host: a", "traceparent: 00-")).doesNotContain("trace_id");
    }
}
