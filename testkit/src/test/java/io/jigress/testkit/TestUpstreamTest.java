package io.jigress.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class TestUpstreamTest {

    @Test
    void answersPipelinedRequestsInOrderOnOneConnection() {
        try (TestUpstream upstream = TestUpstream.echo("a"); TestClient client = TestClient.connect(upstream.port())) {
            client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.readResponse().text()).contains("\"target\":\"/1\"").contains("[\"Host\",\"x\"]");
            assertThat(client.readResponse().headers().first("X-Upstream")).isEqualTo("a");
            client.assertOpen();
            assertThat(upstream.connectionsOpened()).isEqualTo(1);
        }
    }

    @Test
    void keepsAChunkedRequestWithItsTrailers() {
        try (TestUpstream upstream = TestUpstream.named("n"); TestClient client = TestClient.connect(upstream.port())) {
            client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nX-Sum: 9\r\n\r\n");
            assertThat(client.readResponse().text()).isEqualTo("n");
            ReceivedRequest request = upstream.awaitRequests(1).getFirst();
            assertThat(request.text()).isEqualTo("abc");
            assertThat(request.trailers().first("x-sum")).isEqualTo("9");
            assertThat(request.rawText()).endsWith("3;x=y\r\nabc\r\n0\r\nX-Sum: 9\r\n\r\n");
        }
    }

    @Test
    void answersInPartsWhenTheTestSaysSo() {
        CountDownLatch go = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.write("HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n").await(go).write(Reply.chunked(200, "one", "two"));
        }); TestClient client = TestClient.connect(upstream.port())) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            assertThat(client.readInformational().status()).isEqualTo(103);
            go.countDown();
            assertThat(client.readResponse().text()).isEqualTo("onetwo");
        }
    }

    @Test
    void closesInTheMiddleOfABody() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").close();
        }); TestClient client = TestClient.connect(upstream.port())) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            assertThatThrownBy(client::readResponse).isInstanceOf(AssertionError.class).hasMessageContaining("abc");
            upstream.awaitClosed();
            assertThat(upstream.faults()).isEmpty();
        }
    }

    @Test
    void readsCloseDelimitedAndHeadResponses() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            if (call.method().equals("HEAD")) {
                call.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
            } else {
                call.write("HTTP/1.1 200 OK\r\n\r\nuntil the end").close();
            }
        }); TestClient client = TestClient.connect(upstream.port())) {
            assertThat(client.request("HEAD", "/").body()).isEmpty();
            assertThat(client.request("POST", "/", "x".getBytes(StandardCharsets.UTF_8)).text()).isEqualTo("until the end");
            client.assertClosed();
        }
    }

    @Test
    void tellsOfMalformedRequests() {
        try (TestUpstream upstream = TestUpstream.named("n"); TestClient client = TestClient.connect(upstream.port())) {
            client.send("GET / HTTP/1.1\r\nbad header\r\n\r\n");
            client.assertClosed();
            upstream.awaitClosed();
            assertThat(upstream.faults()).singleElement().asString().contains("bad header");
        }
    }

    @Test
    void readsWhatFollowsAnUpgrade() {
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            call.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n");
            call.write(call.readRaw(4)).close();
        }); TestClient client = TestClient.connect(upstream.port())) {
            assertThat(client.request("GET", "/", "Upgrade: echo").status()).isEqualTo(101);
            assertThat(client.send("ping").readBytes(4)).isEqualTo("ping");
            client.assertClosed();
        }
    }
}
