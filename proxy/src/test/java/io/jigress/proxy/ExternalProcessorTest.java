package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.FilterPhase;
import io.jigress.api.LocalReply;
import io.jigress.proxy.ExternalProcessor.Mutation;
import io.jigress.proxy.ExternalProcessor.Part;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Continuations: what waits may be edited when the answer has arrived.
class ExternalProcessorTest {
    private static final String ANSWER = Reply.head(200, "transfer-encoding: chunked") + "\r\n" + Reply.chunk("answer")
            + "0\r\nx-sum: 6\r\n\r\n";

    private final ExecutorService server = Executors.newSingleThreadExecutor();

    @AfterEach
    void stop() {
        server.shutdownNow();
    }

    private static TestClient upload(TestClient client) {
        client.send(TestClient.head("POST", "/in", "transfer-encoding: chunked", "trailer: x-sum", "te: trailers") + "\r\n"
                + Reply.chunk("hel"));
        client.send(Reply.chunk("lo") + "0\r\nx-sum: 5\r\n\r\n");
        return client;
    }

    private GatewayUnderTest.Setup gateway(TestUpstream upstream, ExternalProcessor... processors) {
        TestFilter[] filters = new TestFilter[processors.length];
        for (int i = 0; i < processors.length; i++) {
            filters[i] = new TestFilter("test" + i, FilterPhase.TRANSFORM, processors[i]);
        }
        return GatewayUnderTest.to(upstream).filters(filters);
    }

    @Test
    void everyPartOfBothMessagesMayBeChangedByAServerOnAnotherThread() {
        ExternalProcessor processor = new ExternalProcessor(server, part -> switch (part.what()) {
            case "request body", "response body" -> new Mutation(null, part.text().toUpperCase(Locale.ROOT),
                    FilterDecision.CONTINUE);
            default -> new Mutation("x-by: " + part.what(), null, FilterDecision.CONTINUE);
        });
        try (TestUpstream upstream = TestUpstream.answering(ANSWER);
                GatewayUnderTest gateway = gateway(upstream, processor).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                ReceivedResponse response = upload(client).readResponse();
                assertThat(response.headers().first("x-by")).isEqualTo("response head");
                assertThat(response.text()).isEqualTo("ANSWER");
                assertThat(response.trailers().first("x-sum")).isEqualTo("6");
                assertThat(response.trailers().first("x-by")).isEqualTo("response trailers");
                ReceivedRequest seen = upstream.lastRequest();
                assertThat(seen.headers().first("x-by")).isEqualTo("request head");
                assertThat(seen.text()).isEqualTo("HELLO");
                assertThat(seen.trailers().first("x-sum")).isEqualTo("5");
                assertThat(seen.trailers().first("x-by")).isEqualTo("request trailers");
            }
        }
    }

    @Test
    void twoOfThemMayWaitAtOnce() {
        ExternalProcessor first = new ExternalProcessor(server,
                part -> part.what().endsWith("body")
                        ? new Mutation(null, part.text() + "1", FilterDecision.CONTINUE)
                        : Mutation.NONE);
        ExternalProcessor second = new ExternalProcessor(server,
                part -> part.what().endsWith("body")
                        ? new Mutation(null, part.text() + "2", FilterDecision.CONTINUE)
                        : Mutation.NONE);
        try (TestUpstream upstream = TestUpstream.answering(ANSWER);
                GatewayUnderTest gateway = gateway(upstream, first, second).start();
                TestClient client = gateway.connect()) {
            ReceivedResponse response = upload(client).readResponse();
            // Each of them gets a last part, empty here, before the trailers.
            assertThat(response.text()).isEqualTo("answer21" + "21" + "1");
            assertThat(upstream.lastRequest().text()).startsWith("hel").contains("12");
        }
    }

    @Test
    void whatIsHeldMayBeReplacedTogetherWithItsHead() {
        Function<Part, Mutation> script = part -> switch (part.what()) {
            case "request head", "response head" -> new Mutation(null, null, FilterDecision.HOLD_HEAD);
            case "request body", "response body" -> part.last()
                    ? new Mutation("x-length: " + part.text().length(), part.text() + "!", FilterDecision.CONTINUE)
                    : new Mutation(null, null, FilterDecision.HOLD_HEAD);
            default -> Mutation.NONE;
        };
        ExternalProcessor processor = new ExternalProcessor(server, script);
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("answer"));
                GatewayUnderTest gateway = gateway(upstream, processor).start();
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("POST", "/in", "transfer-encoding: chunked") + "\r\n" + Reply.chunk("hel"));
            client.send(Reply.chunk("lo") + "0\r\n\r\n");
            ReceivedResponse response = client.readResponse();
            assertThat(response.text()).isEqualTo("answer!");
            assertThat(response.headers().first("x-length")).isEqualTo("6");
            assertThat(response.headers().first("content-length")).isEqualTo("7");
            assertThat(upstream.lastRequest().text()).isEqualTo("hello!");
            assertThat(upstream.lastRequest().headers().first("x-length")).isEqualTo("5");
            assertThat(upstream.lastRequest().headers().first("content-length")).isEqualTo("6");
            client.assertOpen();
        }
    }

    @Test
    void theServerMayAnswerInPlaceOfTheUpstreamAtAnyPart() {
        for (String at : new String[] {"request head", "request body", "request trailers", "response head"}) {
            ExternalProcessor processor = new ExternalProcessor(server, part -> part.what().equals(at)
                    ? new Mutation(null, null, new FilterDecision.Reply(LocalReply.text(403, "no", "denied")))
                    : part.what().equals("response head") && !part.text().equals("200")
                            ? new Mutation("x-by: filter", null, FilterDecision.CONTINUE)
                    : Mutation.NONE);
            try (TestUpstream upstream = TestUpstream.answering(ANSWER);
                    GatewayUnderTest gateway = gateway(upstream, processor).start();
                    TestClient client = gateway.connect()) {
                ReceivedResponse response = upload(client).readResponse();
                assertThat(response.status()).as(at).isEqualTo(403);
                assertThat(response.text()).as(at).isEqualTo("no");
                if (at.startsWith("request")) {
                    assertThat(response.headers().first("x-by")).as(at).isEqualTo("filter");
                }
            }
        }
    }

    @Test
    void aContinuationThatThrowsIsA500AndOneThatComesTooLateIsNotRun() throws InterruptedException {
        ExternalProcessor processor = new ExternalProcessor(server,
                part -> new Mutation("x y: no token", null, FilterDecision.CONTINUE));
        try (TestUpstream upstream = TestUpstream.answering(ANSWER);
                GatewayUnderTest gateway = gateway(upstream, processor).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/in").status()).isEqualTo(500);
            assertThat(client.request("GET", "/in").status()).isEqualTo(500);
            assertThat(upstream.requests()).isEmpty();
        }
    }
}
