package io.jigress.plugins.process.proc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.HeaderSendMode;
import io.envoyproxy.envoy.service.ext_proc.v3.CommonResponse.ResponseStatus;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpHeaders;
import io.envoyproxy.envoy.service.ext_proc.v3.ImmediateResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest.RequestCase;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.StatusCode;
import io.grpc.Metadata;
import io.grpc.Status;
import io.jigress.plugins.process.PluginGateway;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// External processing by a server of grpc-java, in a running gateway.
class ProcTest {
    private static final String ALL = """
            {'processing_mode': {'request_body_mode': '%1$s', 'response_body_mode': '%1$s',
             'request_trailer_mode': 'SEND', 'response_trailer_mode': 'SEND'}}""";

    private TestUpstream upstream = TestUpstream.answering(Reply.ok("answer", "x-up: 1"));
    private ProcServer server = ProcServer.answering(ProcServer::nothing);

    @AfterEach
    void stop() {
        server.close();
        upstream.close();
    }

    private PluginGateway gateway(String config, Function<ProcessingRequest, ProcessingResponse.Builder> answer) {
        return holding(config, stream -> {
            for (ProcessingRequest message = stream.read(); message != null; message = stream.read()) {
                ProcessingResponse.Builder reply = answer.apply(message);
                if (reply != null) {
                    stream.send(reply);
                }
            }
            stream.call().end();
        });
    }

    private PluginGateway holding(String config, ProcServer.Conversation conversation) {
        server.close();
        server = ProcServer.holding(conversation);
        // The code of the gateway and of the server runs for the first time.
        String patient = config.contains("message_timeout") ? config : config.replaceFirst("\\{", "{'message_timeout': '10s', ");
        return PluginGateway.to(upstream.address()).cluster("server", "h2c", server.address())
                .plugin(new ProcFactory(), patient.replace(", }", "}")).start();
    }

    private void upstreamAnswers(String answer) {
        upstream.close();
        upstream = TestUpstream.answering(answer);
    }

    static HeaderValueOption set(String name, String value) {
        return HeaderValueOption.newBuilder().setAppendAction(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)
                .setHeader(HeaderValue.newBuilder().setKey(name).setRawValue(ByteString.copyFromUtf8(value))).build();
    }

    private static String field(HttpHeaders headers, String name) {
        return headers.getHeaders().getHeadersList().stream().filter(header -> header.getKey().equals(name))
                .map(header -> header.getRawValue().toStringUtf8()).findFirst().orElse("-");
    }

    private static TestClient upload(TestClient client) {
        return client.send(TestClient.head("POST", "/in", "transfer-encoding: chunked", "trailer: x-sum", "te: trailers") + "\r\n"
                + Reply.chunk("hel")).send(Reply.chunk("lo") + "0\r\nx-sum: 5\r\n\r\n");
    }

    // ---- heads

    @Test
    void theServerSeesAndChangesBothHeads() {
        try (PluginGateway gateway = gateway("{}", message -> {
            ProcessingResponse.Builder answer = ProcessingResponse.newBuilder();
            switch (message.getRequestCase()) {
                case REQUEST_HEADERS -> answer.getRequestHeadersBuilder().getResponseBuilder().getHeaderMutationBuilder()
                        .addSetHeaders(set("x-by", "server")).addRemoveHeaders("x-old").addSetHeaders(set(":path", "/other"))
                        .addSetHeaders(set("host", "evil.example")).addSetHeaders(set("x-envoy-a", "1"));
                case RESPONSE_HEADERS -> answer.getResponseHeadersBuilder().getResponseBuilder().getHeaderMutationBuilder()
                        .addSetHeaders(set("x-answered", "yes")).addSetHeaders(set(":status", "201"));
                default -> throw new AssertionError(message);
            }
            return answer;
        }); TestClient client = TestClient.connect(gateway.port())) {
            for (int i = 0; i < 3; i++) {
                ReceivedResponse response = client.request("GET", "/cart?a", "x-old: 1");
                assertThat(response.status()).isEqualTo(201);
                assertThat(response.headers().all("x-answered")).containsExactly("yes");
                assertThat(response.headers().all("content-length")).containsExactly("6");
                ReceivedRequest request = upstream.lastRequest();
                assertThat(request.target()).isEqualTo("/other");
                assertThat(request.headers().all("x-by")).containsExactly("server");
                assertThat(request.headers().all("x-old")).isEmpty();
                assertThat(request.headers().all("host")).containsExactly("localhost");
                assertThat(request.headers().all("x-envoy-a")).isEmpty();
            }
            HttpHeaders head = server.messages().getFirst().getRequestHeaders();
            assertThat(field(head, ":method")).isEqualTo("GET");
            assertThat(field(head, ":path")).isEqualTo("/cart?a");
            assertThat(field(head, ":authority")).isEqualTo("localhost");
            assertThat(head.getEndOfStream()).isTrue();
            HttpHeaders answered = server.messages().get(1).getResponseHeaders();
            assertThat(field(answered, ":status")).isEqualTo("200");
            assertThat(field(answered, "x-up")).isEqualTo("1");
            assertThat(answered.getEndOfStream()).isFalse();
            assertThat(gateway.metric("jigress_filter_ext_proc_streams_total")).isEqualTo(3);
            assertThat(gateway.metric("jigress_filter_ext_proc_rejected_mutations_total")).isEqualTo(6);
        }
    }

    @Test
    void theServerMayReplaceTheWholeRequest() {
        try (PluginGateway gateway = gateway("{'processing_mode': {'response_header_mode': 'SKIP'}}", _ -> {
            ProcessingResponse.Builder answer = ProcessingResponse.newBuilder();
            answer.getRequestHeadersBuilder().getResponseBuilder().setStatus(ResponseStatus.CONTINUE_AND_REPLACE)
                    .getHeaderMutationBuilder().addSetHeaders(set(":method", "POST"));
            answer.getRequestHeadersBuilder().getResponseBuilder().getBodyMutationBuilder()
                    .setBody(ByteString.copyFromUtf8("new body"));
            return answer;
        }); TestClient client = TestClient.connect(gateway.port())) {
            assertThat(client.request("GET", "/").status()).isEqualTo(200);
            assertThat(upstream.lastRequest().method()).isEqualTo("POST");
            assertThat(upstream.lastRequest().text()).isEqualTo("new body");
            assertThat(client.request("PUT", "/", "old body".getBytes(StandardCharsets.UTF_8)).status()).isEqualTo(200);
            assertThat(upstream.lastRequest().text()).isEqualTo("new body");
        }
    }

    @Test
    void theServerMayAnswerTheClient() {
        ImmediateResponse denial = ImmediateResponse.newBuilder().setStatus(HttpStatus.newBuilder().setCode(StatusCode.Forbidden))
                .setBody(ByteString.copyFromUtf8("no")).setDetails("not today").build();
        ProcessingResponse.Builder answer = ProcessingResponse.newBuilder().setImmediateResponse(denial.toBuilder()
                .setHeaders(denial.getHeaders().toBuilder().addSetHeaders(set("x-why", "because"))));
        try (PluginGateway gateway = gateway("{}", _ -> answer)) {
            ReceivedResponse response = TestClient.get(gateway.port(), "/");
            assertThat(response.status()).isEqualTo(403);
            assertThat(response.text()).isEqualTo("no");
            assertThat(response.headers().all("x-why")).containsExactly("because");
            assertThat(response.headers().all("content-type")).containsExactly("text/plain");
            assertThat(upstream.requests()).isEmpty();
            assertThat(gateway.closeAndReadLog().getFirst()).contains("\"ext_proc.details\":\"not today\"");
        }
        try (PluginGateway gateway = gateway("{'disable_immediate_response': true}", _ -> answer)) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(500);
        }
        try (PluginGateway gateway = gateway("{'disable_immediate_response': true, 'failure_mode_allow': true}", _ -> answer)) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
        }
    }

    @Test
    void theServerMayAnswerInPlaceOfTheUpstreamsResponse() {
        try (PluginGateway gateway = gateway("{'processing_mode': {'response_body_mode': 'BUFFERED'}}",
                message -> message.getRequestCase() == RequestCase.RESPONSE_BODY
                        ? ProcessingResponse.newBuilder().setImmediateResponse(ImmediateResponse.newBuilder()
                                .setStatus(HttpStatus.newBuilder().setCode(StatusCode.ServiceUnavailable)))
                        : ProcServer.nothing(message))) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(503);
        }
    }

    @Test
    void headsThatAreNotConfiguredAreNotSent() {
        try (PluginGateway gateway = gateway(
                "{'processing_mode': {'request_header_mode': 'SKIP', 'response_header_mode': 'SKIP'}}", ProcServer::nothing)) {
            assertThat(TestClient.get(gateway.port(), "/").text()).isEqualTo("answer");
            assertThat(server.messages()).isEmpty();
            assertThat(gateway.metric("jigress_filter_ext_proc_streams_total")).isZero();
        }
    }

    @Test
    void theRulesSelectWhichFieldsTheServerSees() {
        try (PluginGateway gateway = gateway("{'forward_rules': {'allowed_headers': {'patterns': [{'prefix': 'x-'}]}, "
                + "'disallowed_headers': {'patterns': [{'exact': 'x-secret'}]}}}", ProcServer::nothing)) {
            TestClient.get(gateway.port(), "/", "x-secret: 1", "x-a: 1", "accept: *");
            assertThat(server.messages().getFirst().getRequestHeaders().getHeaders().getHeadersList())
                    .allMatch(header -> header.getKey().startsWith("x-") && !header.getKey().equals("x-secret"));
        }
    }

    @Test
    void aChangeThatTheRulesForbidFailsTheRequestWhenConfigured() {
        String config = "{'mutation_rules': {'allow_all_routing': true, 'disallow_expression': {'regex': 'x-internal'}, "
                + "'disallow_is_error': %s}}";
        Function<ProcessingRequest, ProcessingResponse.Builder> answer = message -> {
            ProcessingResponse.Builder reply = ProcServer.nothing(message);
            if (message.hasRequestHeaders()) {
                reply.getRequestHeadersBuilder().getResponseBuilder().getHeaderMutationBuilder()
                        .addSetHeaders(set("host", "other.example")).addSetHeaders(set("x-internal", "1"));
            }
            return reply;
        };
        try (PluginGateway gateway = gateway(config.formatted("false"), answer)) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
            assertThat(upstream.lastRequest().headers().all("host")).containsExactly("other.example");
            assertThat(upstream.lastRequest().headers().all("x-internal")).isEmpty();
        }
        try (PluginGateway gateway = gateway(config.formatted("true"), answer)) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(500);
        }
    }

    @Test
    void attributesAreSentWithTheFirstMessageOfEachDirection() {
        try (PluginGateway gateway = gateway("{'request_attributes': ['request.path', 'source.address', 'request.method'], "
                + "'response_attributes': ['response.code', 'upstream.port']}", ProcServer::nothing)) {
            TestClient.get(gateway.port(), "/cart?a=1");
            Struct request = server.messages().getFirst().getAttributesOrThrow("envoy.filters.http.ext_proc");
            assertThat(request.getFieldsOrThrow("request.path").getStringValue()).isEqualTo("/cart?a=1");
            assertThat(request.getFieldsOrThrow("request.method").getStringValue()).isEqualTo("GET");
            assertThat(request.getFieldsOrThrow("source.address").getStringValue()).startsWith("127.0.0.1:");
            Struct response = server.messages().get(1).getAttributesOrThrow("envoy.filters.http.ext_proc");
            assertThat(response.getFieldsOrThrow("response.code").getNumberValue()).isEqualTo(200);
            assertThat(response.getFieldsOrThrow("upstream.port").getNumberValue()).isEqualTo(upstream.port());
        }
    }

    @Test
    void theRouteIsChosenAnewWhenTheServerAsksForIt() {
        Function<ProcessingRequest, ProcessingResponse.Builder> answer = message -> {
            ProcessingResponse.Builder reply = ProcServer.nothing(message);
            if (message.hasRequestHeaders()) {
                reply.getRequestHeadersBuilder().getResponseBuilder().setClearRouteCache(true).getHeaderMutationBuilder()
                        .addSetHeaders(set(":path", "/moved/x"));
            }
            return reply;
        };
        server.close();
        server = ProcServer.answering(answer);
        try (TestUpstream other = TestUpstream.named("other");
                PluginGateway gateway = PluginGateway.to(upstream.address()).cluster("server", "h2c", server.address())
                        .cluster("other", "http1", other.address()).plugin(new ProcFactory(), "{}").start();
                PluginGateway retaining = PluginGateway.to(upstream.address()).cluster("server", "h2c", server.address())
                        .cluster("other", "http1", other.address())
                        .plugin(new ProcFactory(), "{'route_cache_action': 'RETAIN'}").start()) {
            assertThat(TestClient.get(gateway.port(), "/here").text()).isEqualTo("other");
            assertThat(TestClient.get(retaining.port(), "/here").text()).isEqualTo("answer");
        }
    }

    @Test
    void metadataOfTheServerGoesToTheAccessLogAndToLaterMessages() {
        Struct metadata = Struct.newBuilder().putFields("shop", Value.newBuilder().setStructValue(Struct.newBuilder()
                .putFields("tenant", Value.newBuilder().setStringValue("blue").build())).build()).build();
        try (PluginGateway gateway = gateway("{'metadata_options': {'receiving_namespaces': {'untyped': ['shop']}, "
                + "'forwarding_namespaces': {'untyped': ['shop']}}}",
                message -> ProcServer.nothing(message).setDynamicMetadata(metadata))) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
            assertThat(server.messages().get(1).getMetadataContext().getFilterMetadataOrThrow("shop").getFieldsOrThrow("tenant")
                    .getStringValue()).isEqualTo("blue");
            assertThat(gateway.closeAndReadLog().getFirst()).contains("\"shop.tenant\":\"blue\"");
        }
    }

    // ---- bodies and trailers

    private static ProcessingResponse.Builder upper(ProcessingRequest message) {
        ProcessingResponse.Builder answer = ProcServer.nothing(message);
        switch (message.getRequestCase()) {
            case REQUEST_BODY -> answer.getRequestBodyBuilder().getResponseBuilder().getBodyMutationBuilder()
                    .setBody(upper(message.getRequestBody().getBody()));
            case RESPONSE_BODY -> answer.getResponseBodyBuilder().getResponseBuilder().getBodyMutationBuilder()
                    .setBody(upper(message.getResponseBody().getBody()));
            case REQUEST_TRAILERS ->
                answer.getRequestTrailersBuilder().getHeaderMutationBuilder().addSetHeaders(set("x-seen", "yes"));
            case RESPONSE_TRAILERS -> answer.getResponseTrailersBuilder().getHeaderMutationBuilder()
                    .addSetHeaders(set("x-seen", "too"));
            default -> {}
        }
        return answer;
    }

    private static ByteString upper(ByteString bytes) {
        return ByteString.copyFromUtf8(bytes.toStringUtf8().toUpperCase(Locale.ROOT));
    }

    @Test
    void bufferedBodiesAreSentWhole() {
        upstreamAnswers(Reply.head(200, "transfer-encoding: chunked") + "\r\n" + Reply.chunk("ans") + Reply.chunk("wer")
                + "0\r\nx-sum: 6\r\n\r\n");
        checkBodies("BUFFERED");
        assertThat(server.messages()).filteredOn(ProcessingRequest::hasRequestBody)
                .extracting(message -> message.getRequestBody().getBody().toStringUtf8()).containsOnly("hello");
    }

    @Test
    void shortBodiesThatAreBufferedInPartAreSentWhole() {
        upstreamAnswers(Reply.head(200, "transfer-encoding: chunked") + "\r\n" + Reply.chunk("answer") + "0\r\nx-sum: 6\r\n\r\n");
        checkBodies("BUFFERED_PARTIAL");
    }

    @Test
    void streamedBodiesAreSentAsTheyCome() {
        upstreamAnswers(Reply.head(200, "transfer-encoding: chunked") + "\r\n" + Reply.chunk("answer") + "0\r\nx-sum: 6\r\n\r\n");
        checkBodies("STREAMED");
    }

    private void checkBodies(String mode) {
        try (PluginGateway gateway = gateway(ALL.formatted(mode), ProcTest::upper);
                TestClient client = TestClient.connect(gateway.port())) {
            for (int i = 0; i < 3; i++) {
                ReceivedResponse response = upload(client).readResponse();
                assertThat(response.text()).isEqualTo("ANSWER");
                assertThat(response.trailers().all("x-seen")).containsExactly("too");
                assertThat(response.trailers().all("x-sum")).containsExactly("6");
                ReceivedRequest request = upstream.lastRequest();
                assertThat(request.text()).isEqualTo("HELLO");
                assertThat(request.trailers().all("x-seen")).containsExactly("yes");
                assertThat(request.trailers().all("x-sum")).containsExactly("5");
            }
            assertThat(gateway.metric("jigress_filter_ext_proc_failures_total")).isZero();
        }
    }

    @Test
    void aBodyWithALengthPassesInEveryMode() {
        for (String mode : new String[] {"BUFFERED", "BUFFERED_PARTIAL", "STREAMED"}) {
            try (PluginGateway gateway = gateway(ALL.formatted(mode), ProcTest::upper);
                    TestClient client = TestClient.connect(gateway.port())) {
                ReceivedResponse response = client.request("POST", "/", "hello".getBytes(StandardCharsets.UTF_8));
                assertThat(response.text()).as(mode).isEqualTo("ANSWER");
                assertThat(upstream.lastRequest().text()).as(mode).isEqualTo("HELLO");
                assertThat(server.messages()).filteredOn(ProcessingRequest::hasRequestBody).last()
                        .matches(message -> message.getRequestBody().getEndOfStream(), mode);
            }
        }
    }

    @Test
    void aLongBodyIsBufferedInPartAndTheRestPasses() {
        byte[] body = "x".repeat(3 * Direction.PARTIAL_BYTES).getBytes(StandardCharsets.UTF_8);
        try (PluginGateway gateway = gateway("{'processing_mode': {'request_body_mode': 'BUFFERED_PARTIAL'}}", message -> {
            ProcessingResponse.Builder answer = ProcServer.nothing(message);
            if (message.hasRequestBody()) {
                answer.getRequestBodyBuilder().getResponseBuilder().getBodyMutationBuilder()
                        .setBody(ByteString.copyFromUtf8("new-"));
            }
            return answer;
        }); TestClient client = TestClient.connect(gateway.port())) {
            assertThat(client.request("POST", "/", body).status()).isEqualTo(200);
            int seen = server.messages().stream().filter(ProcessingRequest::hasRequestBody)
                    .mapToInt(message -> message.getRequestBody().getBody().size()).sum();
            assertThat(seen).isBetween(Direction.PARTIAL_BYTES, body.length - 1);
            assertThat(upstream.lastRequest().text()).isEqualTo("new-" + "x".repeat(body.length - seen));
        }
    }

    @Test
    void aLongStreamedBodyPassesUnchangedWhenTheServerChangesNothing() {
        String text = "0123456789".repeat(300_000);
        upstreamAnswers(Reply.ok(text));
        try (PluginGateway gateway = gateway(ALL.formatted("STREAMED"), ProcServer::nothing);
                TestClient client = TestClient.connect(gateway.port())) {
            ReceivedResponse response = client.request("POST", "/", text.getBytes(StandardCharsets.UTF_8));
            assertThat(response.text().equals(text)).isTrue();
            assertThat(upstream.lastRequest().text().equals(text)).isTrue();
        }
    }

    @Test
    @Tag("suite")
    void aClientThatDoesNotReadStopsTheServerAndTheUpstreamAndNoTimeRunsMeanwhile() throws InterruptedException {
        String text = "0123456789".repeat(3_000_000);
        upstreamAnswers(Reply.ok(text));
        for (String mode : List.of("STREAMED", "FULL_DUPLEX_STREAMED")) {
            try (PluginGateway gateway = gateway(
                    """
                    {'message_timeout': '500ms', 'processing_mode': {'response_body_mode': '%s', 'response_trailer_mode': 'SEND'}}"""
                            .formatted(mode),
                    message -> message.hasResponseBody() && mode.startsWith("FULL")
                            ? echo(message)
                            : ProcServer.nothing(message));
                    TestClient client = TestClient.connect(gateway.port())) {
                client.request("GET", "/warm");
                client.send(TestClient.head("GET", "/") + "\r\n");
                Thread.sleep(1500);
                assertThat(client.readResponse().text().equals(text)).as(mode).isTrue();
            }
        }
    }

    @Test
    void theServerMayChooseTheModesWithItsAnswerToTheHead() {
        ProcessingMode override = ProcessingMode.newBuilder().setRequestBodyMode(BodySendMode.BUFFERED)
                .setResponseHeaderMode(HeaderSendMode.SKIP).build();
        String config = "{'allow_mode_override': %s, 'allowed_override_modes': [%s]}";
        String allowed = "{'request_body_mode': 'BUFFERED', 'response_header_mode': 'SKIP'}";
        for (String each : new String[] {config.formatted("true", ""), config.formatted("true", allowed),
            config.formatted("true", "{'request_body_mode': 'STREAMED'}"), config.formatted("false", "")}) {
            boolean taken = !each.contains("STREAMED") && !each.contains("false");
            try (PluginGateway gateway = gateway(each, message -> {
                ProcessingResponse.Builder answer = upper(message);
                return message.hasRequestHeaders() ? answer.setModeOverride(override) : answer;
            }); TestClient client = TestClient.connect(gateway.port())) {
                assertThat(client.request("POST", "/", "hello".getBytes(StandardCharsets.UTF_8)).status()).isEqualTo(200);
                assertThat(upstream.lastRequest().text()).as(each).isEqualTo(taken ? "HELLO" : "hello");
                assertThat(server.messages()).filteredOn(ProcessingRequest::hasResponseHeaders).hasSize(taken ? 0 : 1);
            }
        }
    }

    // ---- full duplex

    private static ProcessingResponse.Builder piece(String text, boolean end, boolean response) {
        ProcessingResponse.Builder answer = ProcessingResponse.newBuilder();
        (response ? answer.getResponseBodyBuilder() : answer.getRequestBodyBuilder()).getResponseBuilder()
                .getBodyMutationBuilder()
                .getStreamedResponseBuilder().setBody(ByteString.copyFromUtf8(text)).setEndOfStream(end);
        return answer;
    }

    /// The piece of a response's body that came.
    private static ProcessingResponse.Builder echo(ProcessingRequest message) {
        ProcessingResponse.Builder answer = ProcessingResponse.newBuilder();
        answer.getResponseBodyBuilder().getResponseBuilder().getBodyMutationBuilder().getStreamedResponseBuilder()
                .setBody(message.getResponseBody().getBody()).setEndOfStream(message.getResponseBody().getEndOfStream());
        return answer;
    }

    @Test
    void inFullDuplexTheServerMayAnswerTheHeadAfterTheBody() {
        try (PluginGateway gateway = holding("""
                {'processing_mode': {'request_body_mode': 'FULL_DUPLEX_STREAMED', 'request_trailer_mode': 'SEND',
                 'response_header_mode': 'SKIP'}}""", stream -> {
            stream.read();
            StringBuilder all = new StringBuilder();
            boolean end = false;
            while (!end) {
                ProcessingRequest message = stream.read();
                end = message == null || message.getRequestBody().getEndOfStream();
                all.append(message == null ? "" : message.getRequestBody().getBody().toStringUtf8());
            }
            ProcessingResponse.Builder head = ProcessingResponse.newBuilder();
            head.getRequestHeadersBuilder().getResponseBuilder().getHeaderMutationBuilder().addSetHeaders(set("x-size",
                    Integer.toString(all.length())));
            stream.send(head);
            stream.send(piece("<", false, false));
            stream.send(piece(all.toString(), false, false));
            stream.send(piece(">", true, false));
            stream.read();
            stream.call().end();
        }); TestClient client = TestClient.connect(gateway.port())) {
            assertThat(client.request("POST", "/", "hello".getBytes(StandardCharsets.UTF_8)).status()).isEqualTo(200);
            assertThat(upstream.lastRequest().text()).isEqualTo("<hello>");
            assertThat(upstream.lastRequest().headers().all("x-size")).containsExactly("5");
            client.send(TestClient.head("POST", "/in", "transfer-encoding: chunked") + "\r\n" + Reply.chunk("hel"));
            client.send(Reply.chunk("lo") + "0\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(200);
            assertThat(upstream.lastRequest().text()).isEqualTo("<hello>");
        }
    }

    @Test
    void inFullDuplexPiecesPassAsTheyCome() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        upstream.close();
        upstream = TestUpstream.start(call -> {
            call.readRaw(4);
            first.countDown();
            call.readRaw(1);
            call.write(Reply.ok("done"));
            call.close();
        });
        try (PluginGateway gateway = gateway("""
                {'processing_mode': {'request_body_mode': 'FULL_DUPLEX_STREAMED', 'request_trailer_mode': 'SEND',
                 'response_header_mode': 'SKIP'}}""", message -> switch (message.getRequestCase()) {
            case REQUEST_BODY -> piece(message.getRequestBody().getBody().toStringUtf8(),
                    message.getRequestBody().getEndOfStream(), false);
            default -> ProcServer.nothing(message);
        }); TestClient client = TestClient.connect(gateway.port())) {
            client.send(TestClient.head("POST", "/in", "transfer-encoding: chunked") + "\r\n" + Reply.chunk("hel"));
            assertThat(first.await(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
            client.send(Reply.chunk("lo") + "0\r\n\r\n");
            assertThat(client.readResponse().text()).isEqualTo("done");
        }
    }

    @Test
    void inFullDuplexTrailersEndTheBody() {
        upstreamAnswers(Reply.head(200, "transfer-encoding: chunked") + "\r\n" + Reply.chunk("answer") + "0\r\nx-sum: 6\r\n\r\n");
        try (PluginGateway gateway = gateway(ALL.formatted("FULL_DUPLEX_STREAMED"), message -> switch (message.getRequestCase()) {
            case REQUEST_BODY -> piece(message.getRequestBody().getBody().toStringUtf8(), false, false);
            case RESPONSE_BODY -> piece(message.getResponseBody().getBody().toStringUtf8().toUpperCase(Locale.ROOT), false, true);
            default -> upper(message);
        }); TestClient client = TestClient.connect(gateway.port())) {
            ReceivedResponse response = upload(client).readResponse();
            assertThat(response.text()).isEqualTo("ANSWER");
            assertThat(response.trailers().all("x-seen")).containsExactly("too");
            assertThat(upstream.lastRequest().text()).isEqualTo("hello");
            assertThat(upstream.lastRequest().trailers().all("x-seen")).containsExactly("yes");
        }
    }

    @Test
    void aBodyMayBeStreamedBeforeTheHeadIsAnswered() {
        try (PluginGateway gateway = holding("""
                {'processing_mode': {'request_body_mode': 'STREAMED', 'response_header_mode': 'SKIP'},
                 'send_body_without_waiting_for_header_response': true}""", stream -> {
            ProcessingRequest head = stream.read();
            ProcessingRequest body = stream.read();
            stream.send(ProcServer.nothing(head));
            stream.send(upper(body));
            for (ProcessingRequest next = stream.read(); next != null; next = stream.read()) {
                stream.send(upper(next));
            }
            stream.call().end();
        }); TestClient client = TestClient.connect(gateway.port())) {
            assertThat(client.request("POST", "/", "hello".getBytes(StandardCharsets.UTF_8)).status()).isEqualTo(200);
            assertThat(upstream.lastRequest().text()).isEqualTo("HELLO");
        }
    }

    // ---- observing

    @Test
    void anObserverSeesTheTrafficAndDelaysNothing() {
        upstreamAnswers(Reply.head(200, "transfer-encoding: chunked") + "\r\n" + Reply.chunk("answer") + "0\r\nx-sum: 6\r\n\r\n");
        try (PluginGateway gateway = gateway(
                "{'observability_mode': true, 'processing_mode': {'request_body_mode': 'STREAMED', 'response_body_mode': 'STREAMED', "
                        + "'response_trailer_mode': 'SEND'}}",
                _ -> null); TestClient client = TestClient.connect(gateway.port())) {
            ReceivedResponse response = client.request("POST", "/", "hello".getBytes(StandardCharsets.UTF_8));
            assertThat(response.text()).isEqualTo("answer");
            assertThat(response.trailers().all("x-sum")).containsExactly("6");
            assertThat(upstream.lastRequest().headers().all("content-length")).containsExactly("5");
            assertThat(server.awaitMessages(5)).allMatch(ProcessingRequest::getObservabilityMode)
                    .extracting(ProcessingRequest::getRequestCase).containsExactly(RequestCase.REQUEST_HEADERS,
                            RequestCase.REQUEST_BODY, RequestCase.RESPONSE_HEADERS, RequestCase.RESPONSE_BODY,
                            RequestCase.RESPONSE_TRAILERS);
        }
    }

    // ---- servers that fail

    @Test
    void aServerThatCannotBeReachedGetsTheFailMode() {
        try (PluginGateway gateway = gateway("{}", ProcServer::nothing)) {
            server.server().shutdownNow();
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(500);
            assertThat(gateway.metric("jigress_filter_ext_proc_failures_total")).isEqualTo(1);
            assertThat(gateway.closeAndReadLog().getFirst()).contains("ext_proc.error");
        }
        try (PluginGateway gateway = gateway("{'failure_mode_allow': true}", ProcServer::nothing)) {
            server.server().shutdownNow();
            assertThat(TestClient.get(gateway.port(), "/").text()).isEqualTo("answer");
            assertThat(gateway.metric("jigress_filter_ext_proc_failure_mode_allowed_total")).isEqualTo(1);
        }
    }

    @Test
    void aMessageThatIsNotAnsweredInTimeGetsTheFailMode() {
        String config = "{'message_timeout': '0.1s', 'failure_mode_allow': %s}";
        try (PluginGateway gateway = gateway(config.formatted("false"), _ -> null)) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(504);
            assertThat(gateway.metric("jigress_filter_ext_proc_message_timeouts_total")).isEqualTo(1);
        }
        try (PluginGateway gateway = gateway(config.formatted("true"), _ -> null)) {
            assertThat(TestClient.get(gateway.port(), "/").text()).isEqualTo("answer");
        }
    }

    @Test
    void aServerMayAskForMoreTime() {
        ProcServer.Conversation late = stream -> {
            ProcessingRequest head = stream.read();
            stream.send(ProcessingResponse.newBuilder().setOverrideMessageTimeout(Duration.newBuilder().setSeconds(5)));
            Thread.sleep(400);
            stream.send(ProcServer.nothing(head));
            stream.read();
            stream.call().end();
        };
        String config = "{'message_timeout': '0.1s', 'max_message_timeout': '%s', 'processing_mode': {'response_header_mode': 'SKIP'}}";
        try (PluginGateway gateway = holding(config.formatted("10s"), late)) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
        }
        try (PluginGateway gateway = holding(config.formatted("1s"), late)) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(504);
        }
    }

    @Test
    void aServerThatEndsTheStreamIsNotAskedAnyMore() {
        try (PluginGateway gateway = holding("{}", stream -> {
            stream.read();
            stream.call().end();
        })) {
            assertThat(TestClient.get(gateway.port(), "/").text()).isEqualTo("answer");
            assertThat(server.messages()).hasSize(1);
        }
    }

    @Test
    void aServerThatFailsGetsTheFailModeInTheMiddleOfABody() {
        String config = "{'processing_mode': {'request_body_mode': 'STREAMED', 'response_header_mode': 'SKIP'}, "
                + "'failure_mode_allow': %s}";
        ProcServer.Conversation failing = stream -> {
            stream.send(ProcServer.nothing(stream.read()));
            stream.read();
            stream.call().end(Status.INTERNAL, new Metadata());
        };
        try (PluginGateway gateway = holding(config.formatted("false"), failing);
                TestClient client = TestClient.connect(gateway.port())) {
            assertThat(client.request("POST", "/", "hello".getBytes(StandardCharsets.UTF_8)).status()).isEqualTo(500);
        }
        try (PluginGateway gateway = holding(config.formatted("true"), failing);
                TestClient client = TestClient.connect(gateway.port())) {
            assertThat(client.request("POST", "/", "hello".getBytes(StandardCharsets.UTF_8)).status()).isEqualTo(200);
            assertThat(upstream.lastRequest().text()).isEqualTo("hello");
        }
    }

    @Test
    void anAnswerToNothingFailsTheStream() {
        try (PluginGateway gateway = gateway("{}", _ -> ProcessingResponse.newBuilder()
                .setResponseBody(io.envoyproxy.envoy.service.ext_proc.v3.BodyResponse.getDefaultInstance()))) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(500);
            assertThat(gateway.metric("jigress_filter_ext_proc_spurious_messages_total")).isEqualTo(1);
        }
    }

    @Test
    void theStreamEndsWithTheExchange() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        try (PluginGateway gateway = holding("{}", stream -> {
            for (ProcessingRequest message = stream.read(); message != null; message = stream.read()) {
                stream.send(ProcServer.nothing(message));
            }
            ended.countDown();
            stream.call().end();
        })) {
            TestClient.get(gateway.port(), "/");
            assertThat(ended.await(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        }
    }
}
