package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.CallLimits;
import io.jigress.api.CallRequest;
import io.jigress.api.FilterDecision;
import io.jigress.config.RouteAction.Forward;
import io.jigress.config.RouteAction.Mirror;
import io.jigress.config.RouteAction.Rewrite;
import io.jigress.config.RouteAction.WeightedCluster;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The objects of calls and mirrors can be garbage collected when these are over, although their timeouts have not passed.
@Timeout(60)
class CollectedCallsTest {
    private static final int REQUESTS = 300;
    private static final int FEW = 20;

    /// How many objects of a class exist after a collection.
    private static int live(String type) {
        try {
            String histogram = (String) ManagementFactory.getPlatformMBeanServer().invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"), "gcClassHistogram",
                    new Object[] {new String[0]}, new String[] {String[].class.getName()});
            Matcher line = Pattern.compile("(\\d+)\\s+\\d+\\s+" + Pattern.quote(type) + "(?: |$)", Pattern.MULTILINE)
                    .matcher(histogram);
            return line.find() ? Integer.parseInt(line.group(1)) : 0;
        } catch (JMException e) {
            throw new AssertionError(e);
        }
    }

    private static void awaitFew(String type) {
        GatewayUnderTest.await(() -> live(type) <= FEW, () -> "at most " + FEW + " of " + type + "; there are " + live(type));
    }

    @Test
    void mirrorsThatAreOver() {
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream mirror = TestUpstream.named("mirror");
                GatewayUnderTest gateway = GatewayUnderTest.setup().cluster("up", upstream.address())
                        .cluster("mirror", mirror.address())
                        .route(GatewayUnderTest.route("all", "/", new Forward(List.of(new WeightedCluster("up", 1, List.of())),
                                Rewrite.NONE, List.of(new Mirror("mirror", 1, 1)))))
                        .start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < REQUESTS; i++) {
                assertThat(client.request("GET", "/").status()).isEqualTo(200);
            }
            mirror.awaitRequests(REQUESTS);
            awaitFew("io.jigress.proxy.exchange.Mirror");
        }
    }

    @Test
    void callsThatEndedAtTheirDeadline() {
        CountDownLatch end = new CountDownLatch(1);
        EventSink sink = new EventSink();
        try (TestUpstream upstream = TestUpstream.named("a");
                TestUpstream other = TestUpstream.start(call -> call.await(end));
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).cluster("other", other.address())
                        .filters(StepFilter.each((services, exchange) -> {
                            services.callers().http("other", CallRequest.of("GET", "other", "/"), true,
                                    CallLimits.within(Duration.ofMillis(1)), sink);
                            return FilterDecision.CONTINUE;
                        })).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < REQUESTS; i++) {
                assertThat(client.request("GET", "/").status()).isEqualTo(200);
            }
            for (int i = 0; i < REQUESTS; i++) {
                assertThat(sink.next()).isEqualTo("failed UPSTREAM_TIMEOUT request_timeout");
            }
            awaitFew("io.jigress.proxy.exchange.Attempt");
            end.countDown();
        }
    }
}
