package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HttpFilter;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Fields that filters add to the access log, in live traffic.
@ExtendWith(NoLeaks.class)
class LogFieldsTest {
    @Test
    void aFilterAddsFieldsToTheLineOfItsExchange() {
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                if (exchange.request().path().equals("/user")) {
                    exchange.logField("user.id", "7");
                }
                return FilterDecision.CONTINUE;
            }

            @Override
            public void onComplete(Exchange exchange) {
                exchange.logField("bytes", String.valueOf(exchange.bytesSent()));
            }
        };
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).filters(TestFilter.of(filter)).accessLog().start();
                TestClient client = gateway.connect()) {
            client.request("GET", "/user");
            client.request("GET", "/other");
            List<String> lines = gateway.closeAndReadLog();
            assertThat(lines.get(0)).containsPattern("\"fields\":\\{\"user.id\":\"7\",\"bytes\":\"[0-9]+\"}}$");
            assertThat(lines.get(1)).containsPattern("\"fields\":\\{\"bytes\":\"[0-9]+\"}}$");
        }
    }
}
