package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.CallLimits;
import io.jigress.api.CallRequest;
import io.jigress.api.CallResult;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.LocalReply;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// A filter that works like external authorization: each request is sent, without its body, to a service that answers whether it may pass.
@Tag("suite")
@ExtendWith(NoLeaks.class)
@Timeout(60)
class ExtAuthTest {
    private static final CallLimits LIMITS = CallLimits.within(Duration.ofSeconds(5));
    private static final HeaderName AUTHORIZATION = HeaderName.of("authorization");
    private static final HeaderName USER = HeaderName.of("x-user");
    private static final int CLIENTS = 8;
    private static final int REQUESTS = 2_000;
    private static final long INTERVAL_NANOS = 1_000_000;

    private static FilterDecision check(Services services, Exchange exchange) {
        Resumption resumption = exchange.suspend(Duration.ofSeconds(10), denied(504));
        services.callers().unary("auth", CallRequest.copyOf(exchange.request()), Unpooled.EMPTY_BUFFER, LIMITS, 4096,
                result -> resumption.resume(switch (result) {
                    case CallResult.Response response when response.head().status() == 200 -> FilterDecision.CONTINUE;
                    case CallResult.Response response -> denied(response.head().status());
                    case CallResult.Failed _ -> denied(503);
                }));
        return new FilterDecision.Wait(resumption);
    }

    private static FilterDecision denied(int status) {
        return new FilterDecision.Reply(LocalReply.of(status, "denied"));
    }

    /// A thousand requests a second for two seconds; one in ten is denied.
    @Test
    void aThousandRequestsASecondAreAuthorized() throws InterruptedException {
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream auth = TestUpstream.start(call -> {
                    call.request();
                    call.write(call.headers().contains(AUTHORIZATION.text())
                            ? Reply.of(200, "", USER + ": 7")
                            : Reply.of(401, "who are you?"));
                });
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).cluster("auth", auth.address())
                        .filters(StepFilter.each(ExtAuthTest::check)).start()) {
            AtomicInteger passed = new AtomicInteger();
            AtomicInteger denied = new AtomicInteger();
            List<Thread> clients = new ArrayList<>();
            long began = System.nanoTime();
            for (int c = 0; c < CLIENTS; c++) {
                int first = c;
                clients.add(Thread.ofVirtual().start(() -> {
                    try (TestClient client = gateway.connect()) {
                        for (int i = first; i < REQUESTS; i += CLIENTS) {
                            LockSupport.parkNanos(began + i * INTERVAL_NANOS - System.nanoTime());
                            int status = i % 10 == 0
                                    ? client.request("GET", "/").status()
                                    : client.request("GET", "/", "authorization: Bearer 7").status();
                            (status == 200 ? passed : status == 401 ? denied : new AtomicInteger()).incrementAndGet();
                        }
                    }
                }));
            }
            for (Thread client : clients) {
                client.join();
            }
            assertThat(passed).hasValue(REQUESTS * 9 / 10);
            assertThat(denied).hasValue(REQUESTS / 10);
            assertThat(gateway.metric("jigress_upstream_attempts_total{cluster=\"Backend test/auth\"}")).isEqualTo(REQUESTS);
            assertThat(auth.connectionsOpened()).isLessThanOrEqualTo(CLIENTS);
        }
    }
}
