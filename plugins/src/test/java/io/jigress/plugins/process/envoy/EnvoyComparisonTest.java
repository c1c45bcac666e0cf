package io.jigress.plugins.process.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.BoolValue;
import com.google.protobuf.ByteString;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.core.v3.QueryParameter;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.DeniedHttpResponse;
import io.envoyproxy.envoy.service.auth.v3.OkHttpResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.CommonResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.CommonResponse.ResponseStatus;
import io.envoyproxy.envoy.service.ext_proc.v3.GrpcStatus;
import io.envoyproxy.envoy.service.ext_proc.v3.ImmediateResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.StatusCode;
import io.jigress.plugins.process.proc.ProcServer;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The same requests, with the same servers, through Envoy and through Jigress: servers, upstreams and clients see the same, but for what
/// `envoy-differences.txt` lists. The list is exact. `conformance/envoy/build` installs Envoy; without it the test is skipped.
@Tag("suite")
class EnvoyComparisonTest {
    private static final Path DIFFERENCES = Path.of("src", "test", "resources", "envoy-differences.txt");
    private static final String GET = TestClient.head("GET", "/cart?id=7&secret=x", "x-a: 1", "x-b: 2", "x-list: a",
            "accept: */*")
            + "\r\n";
    private static final String POST = TestClient.head("POST", "/in", "content-length: 5") + "\r\nhello";
    private static final String CHUNKED = TestClient.head("POST", "/in", "transfer-encoding: chunked", "te: trailers") + "\r\n"
            + Reply.chunk("hel") + Reply.chunk("lo") + "0\r\nx-sum: 5\r\n\r\n";
    private static final String GRPC = TestClient.head("POST", "/a.B/C", "content-type: application/grpc", "te: trailers",
            "content-length: 5") + "\r\n\0\0\0\0\0";
    private static final String OK = Reply.ok("answer", "x-up: 1");
    private static final String TRAILERS = Reply.head(200, "transfer-encoding: chunked", "trailer: x-sum") + "\r\n"
            + Reply.chunk("answer") + "0\r\nx-sum: 6\r\n\r\n";
    private static final String PATIENT = "{'grpc_service': {'timeout': '10s'}%s}";
    private static final String SLOW = "{'message_timeout': '10s'%s}";

    @Test
    @Timeout(300)
    void serversUpstreamsAndClientsSeeTheSame() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(EnvoyProcess.TOOL),
                "skipped: " + EnvoyProcess.TOOL + " is missing; conformance/envoy/build installs it");
        TreeSet<String> differences = new TreeSet<>();
        for (Scenario scenario : scenarios()) {
            List<String> envoy = scenario.throughEnvoy();
            List<String> jigress = scenario.throughJigress();
            envoy.stream().filter(line -> !jigress.contains(line))
                    .forEach(line -> differences.add(scenario.name() + " | Envoy | " + line));
            jigress.stream().filter(line -> !envoy.contains(line))
                    .forEach(line -> differences.add(scenario.name() + " | Jigress | " + line));
        }
        if (Boolean.getBoolean("golden.update")) {
            Files.write(DIFFERENCES, differences);
        }
        assertThat(differences).containsExactlyElementsOf(known());
    }

    private static List<String> known() throws IOException {
        return Files.readAllLines(DIFFERENCES).stream().filter(line -> !line.isBlank() && !line.startsWith("#")).sorted()
                .toList();
    }

    private static List<Scenario> scenarios() {
        List<Scenario> all = new ArrayList<>();
        authz(all);
        heads(all);
        bodies(all);
        return all;
    }

    // ---- ext_authz

    private static void authz(List<Scenario> all) {
        all.add(Scenario.authz("authz plain", PATIENT.formatted(""), GET, OK, _ -> CheckResponse.getDefaultInstance()));
        all.add(Scenario.authz("authz raw headers", PATIENT.formatted(", 'encode_raw_headers': true"), GET, OK,
                _ -> CheckResponse.getDefaultInstance()));
        all.add(Scenario.authz("authz allowed headers",
                PATIENT.formatted(
                        ", 'allowed_headers': {'patterns': [{'prefix': 'x-'}]}, 'disallowed_headers': {'patterns': [{'exact': 'x-b'}]}"),
                GET, OK, _ -> CheckResponse.getDefaultInstance()));
        for (HeaderAppendAction action : HeaderAppendAction.values()) {
            if (action != HeaderAppendAction.UNRECOGNIZED) {
                all.add(Scenario.authz("authz " + action, PATIENT.formatted(""), GET, OK,
                        ok(ok -> ok.addHeaders(option("x-a", "new", action)).addHeaders(option("x-new", "new", action))
                                .addResponseHeadersToAdd(option("x-up", "new", action))
                                .addResponseHeadersToAdd(option("x-more", "new", action)))));
                all.add(Scenario.authz("authz denied " + action, PATIENT.formatted(""), GET, OK,
                        denied(denied -> denied.addHeaders(option("x-c", "1", action)).addHeaders(option("x-c", "2", action)))));
            }
        }
        for (boolean append : new boolean[] {false, true}) {
            all.add(Scenario.authz("authz append " + append, PATIENT.formatted(""), GET, OK,
                    ok(ok -> ok.addHeaders(append("x-list", "b", append)).addHeaders(append("x-new", "b", append))
                            .addResponseHeadersToAdd(append("x-up", "b", append)))));
        }
        all.add(Scenario.authz("authz remove", PATIENT.formatted(""), GET, OK,
                ok(ok -> ok.addHeadersToRemove("x-a").addHeadersToRemove("host").addHeadersToRemove(":path"))));
        all.add(Scenario.authz("authz query", PATIENT.formatted(""), GET, OK,
                ok(ok -> ok.addQueryParametersToSet(QueryParameter.newBuilder().setKey("id").setValue("8"))
                        .addQueryParametersToRemove("secret"))));
        all.add(Scenario.authz("authz path and method", PATIENT.formatted(""), GET, OK,
                ok(ok -> ok.addHeaders(append(":path", "/other", false)).addHeaders(append(":method", "PUT", false)))));
        all.add(Scenario.authz("authz denied", PATIENT.formatted(""), GET, OK, denied(_ -> {})));
        all.add(Scenario.authz("authz denied with body", PATIENT.formatted(""), GET, OK,
                denied(denied -> denied.setBody("no").setStatus(HttpStatus.newBuilder().setCode(StatusCode.Unauthorized)))));
        all.add(Scenario.authz("authz denied with type", PATIENT.formatted(""), GET, OK,
                denied(denied -> denied.setBody("{}").addHeaders(append("content-type", "application/json", false)))));
        all.add(Scenario.authz("authz denied gRPC", PATIENT.formatted(""), GRPC, OK, denied(denied -> denied.setBody("no"))));
        all.add(Scenario.authz("authz body", PATIENT.formatted(", 'with_request_body': {'max_request_bytes': 8}"), POST, OK,
                _ -> CheckResponse.getDefaultInstance()));
        all.add(Scenario.authz("authz body in part",
                PATIENT.formatted(", 'with_request_body': {'max_request_bytes': 3, 'allow_partial_message': true}"), POST, OK,
                _ -> CheckResponse.getDefaultInstance()));
        all.add(Scenario.authz("authz body too long", PATIENT.formatted(", 'with_request_body': {'max_request_bytes': 3}"), POST,
                OK,
                _ -> CheckResponse.getDefaultInstance()));
        all.add(Scenario.authz("authz no body", PATIENT.formatted(", 'with_request_body': {'max_request_bytes': 8}"), GET, OK,
                _ -> CheckResponse.getDefaultInstance()));
        all.add(Scenario.authz("authz error", PATIENT.formatted(""), GET, OK, failing()));
        all.add(Scenario.authz("authz error status", PATIENT.formatted(", 'status_on_error': {'code': 'ServiceUnavailable'}"),
                GET, OK,
                failing()));
        all.add(Scenario.authz("authz error allowed",
                PATIENT.formatted(", 'failure_mode_allow': true, 'failure_mode_allow_header_add': true"), GET, OK, failing()));
        all.add(Scenario.authz("authz route cleared", PATIENT.formatted(", 'clear_route_cache': true"), GET, OK,
                ok(ok -> ok.addHeaders(append("x-new", "1", false)))));
        all.add(Scenario.authz("authz rules", PATIENT.formatted(", 'decoder_header_mutation_rules': {'disallow_all': true, "
                + "'allow_expression': {'regex': 'x-a'}}"), GET, OK,
                ok(ok -> ok.addHeaders(append("x-a", "new", false)).addHeaders(append("x-new", "1", false)))));
        all.add(Scenario.authz("authz invalid", PATIENT.formatted(", 'validate_mutations': true"), GET, OK,
                ok(ok -> ok.addHeaders(append("x-a", "a\nb", false)))));
    }

    private static Function<CheckRequest, CheckResponse> failing() {
        return _ -> {
            throw new IllegalStateException("this server fails");
        };
    }

    private interface Change<B> {
        void change(B builder);
    }

    private static Function<CheckRequest, CheckResponse> ok(Change<OkHttpResponse.Builder> change) {
        OkHttpResponse.Builder ok = OkHttpResponse.newBuilder();
        change.change(ok);
        return _ -> CheckResponse.newBuilder().setOkResponse(ok).build();
    }

    private static Function<CheckRequest, CheckResponse> denied(Change<DeniedHttpResponse.Builder> change) {
        DeniedHttpResponse.Builder denied = DeniedHttpResponse.newBuilder();
        change.change(denied);
        return _ -> CheckResponse.newBuilder().setStatus(com.google.rpc.Status.newBuilder().setCode(7)).setDeniedResponse(denied)
                .build();
    }

    private static HeaderValueOption option(String name, String value, HeaderAppendAction action) {
        return HeaderValueOption.newBuilder().setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
                .setAppendAction(action)
                .build();
    }

    @SuppressWarnings("deprecation") // append, which servers still set
    private static HeaderValueOption append(String name, String value, boolean append) {
        return HeaderValueOption.newBuilder().setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
                .setAppend(BoolValue.of(append)).build();
    }

    // ---- ext_proc: heads

    private static void heads(List<Scenario> all) {
        all.add(Scenario.proc("proc plain", SLOW.formatted(""), GET, OK, changing(_ -> {})));
        all.add(Scenario.proc("proc attributes", SLOW.formatted(
                ", 'request_attributes': ['request.path', 'request.url_path', 'request.host', 'request.scheme', 'request.method', "
                        + "'request.query', 'request.protocol', 'request.size'], 'response_attributes': ['response.code', "
                        + "'response.size', 'request.path']"),
                GET, OK, changing(_ -> {})));
        all.add(Scenario.proc("proc forward rules", SLOW.formatted(
                ", 'forward_rules': {'allowed_headers': {'patterns': [{'prefix': 'x-'}]}, 'disallowed_headers': {'patterns': [{'exact': 'x-b'}]}}"),
                GET, OK, changing(_ -> {})));
        for (HeaderAppendAction action : HeaderAppendAction.values()) {
            if (action != HeaderAppendAction.UNRECOGNIZED) {
                all.add(Scenario.proc("proc " + action, SLOW.formatted(""), GET, OK,
                        changing(common -> common.getHeaderMutationBuilder()
                                .addSetHeaders(raw("x-a", "new", action)).addSetHeaders(raw("x-up", "new", action))
                                .addSetHeaders(raw("x-new", "new", action)))));
            }
        }
        all.add(Scenario.proc("proc protected fields", SLOW.formatted(""), GET, OK,
                changing(common -> common.getHeaderMutationBuilder()
                        .addSetHeaders(set("host", "evil.example")).addSetHeaders(set(":authority", "evil.example"))
                        .addSetHeaders(set(":method", "PUT")).addSetHeaders(set("x-envoy-a", "1")).addRemoveHeaders("host")
                        .addRemoveHeaders(":path").addRemoveHeaders("x-b"))));
        all.add(Scenario.proc("proc path", SLOW.formatted(""), GET, OK, changing(common -> common.getHeaderMutationBuilder()
                .addSetHeaders(set(":path", "/moved")))));
        all.add(Scenario.proc("proc path and route", SLOW.formatted(""), GET, OK,
                changing(common -> common.setClearRouteCache(true)
                        .getHeaderMutationBuilder().addSetHeaders(set("x-new", "1")))));
        all.add(Scenario.proc("proc all routing", SLOW.formatted(", 'mutation_rules': {'allow_all_routing': true}"), GET, OK,
                changing(common -> common.getHeaderMutationBuilder().addSetHeaders(set("host", "other.example"))
                        .addSetHeaders(set(":method", "PUT")))));
        all.add(Scenario.proc("proc rules are errors",
                SLOW.formatted(", 'mutation_rules': {'disallow_all': true, 'disallow_is_error': true}"), GET, OK,
                changing(common -> common.getHeaderMutationBuilder().addSetHeaders(set("x-new", "1")))));
        all.add(Scenario.proc("proc invalid value", SLOW.formatted(""), GET, OK,
                changing(common -> common.getHeaderMutationBuilder().addSetHeaders(set("x-new", "a\nb")))));
        all.add(Scenario.proc("proc empty value", SLOW.formatted(""), GET, OK,
                changing(common -> common.getHeaderMutationBuilder().addSetHeaders(set("x-a", "")))));
        all.add(Scenario.proc("proc replace", SLOW.formatted(", 'processing_mode': {'response_header_mode': 'SKIP'}"), GET, OK,
                changing(common -> {
                    common.setStatus(ResponseStatus.CONTINUE_AND_REPLACE).getHeaderMutationBuilder()
                            .addSetHeaders(set(":method", "POST"));
                    common.getBodyMutationBuilder().setBody(ByteString.copyFromUtf8("new"));
                })));
        all.add(Scenario.proc("proc replace response", SLOW.formatted(", 'processing_mode': {'request_header_mode': 'SKIP'}"),
                GET, OK,
                changing(common -> common.setStatus(ResponseStatus.CONTINUE_AND_REPLACE).getBodyMutationBuilder()
                        .setBody(ByteString.copyFromUtf8("new")))));
        ImmediateResponse immediate = ImmediateResponse.newBuilder()
                .setStatus(HttpStatus.newBuilder().setCode(StatusCode.Forbidden))
                .setBody(ByteString.copyFromUtf8("no")).build();
        all.add(Scenario.proc("proc immediate", SLOW.formatted(""), GET, OK, immediate(immediate.toBuilder().setHeaders(
                immediate.getHeaders().toBuilder().addSetHeaders(set("x-why", "1")).addSetHeaders(set("x-envoy-a", "1")))
                .build())));
        all.add(Scenario.proc("proc immediate without body", SLOW.formatted(""), GET, OK,
                immediate(immediate.toBuilder().clearBody().build())));
        all.add(Scenario.proc("proc immediate gRPC", SLOW.formatted(""), GRPC, OK,
                immediate(immediate.toBuilder().setGrpcStatus(GrpcStatus.newBuilder().setStatus(16)).build())));
        all.add(Scenario.proc("proc immediate disabled", SLOW.formatted(", 'disable_immediate_response': true"), GET, OK,
                immediate(immediate)));
        all.add(Scenario.proc("proc timeout", "{'message_timeout': '0.2s'}", GET, OK, silent()));
        all.add(Scenario.proc("proc timeout allowed", "{'message_timeout': '0.2s', 'failure_mode_allow': true}", GET, OK,
                silent()));
        all.add(Scenario.proc("proc stream ends", SLOW.formatted(""), GET, OK, stream -> {
            stream.read();
            stream.call().end();
        }));
        all.add(Scenario.proc("proc stream fails", SLOW.formatted(""), GET, OK, stream -> {
            stream.read();
            throw new IllegalStateException("this server fails");
        }));
        all.add(Scenario.proc("proc answer to nothing", SLOW.formatted(""), GET, OK, stream -> {
            stream.read();
            ProcessingResponse.Builder answer = ProcessingResponse.newBuilder();
            answer.getResponseBodyBuilder();
            stream.send(answer);
            stream.read();
        }));
    }

    private static HeaderValueOption set(String name, String value) {
        return raw(name, value, HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD);
    }

    private static HeaderValueOption raw(String name, String value, HeaderAppendAction action) {
        return HeaderValueOption.newBuilder().setAppendAction(action)
                .setHeader(HeaderValue.newBuilder().setKey(name).setRawValue(ByteString.copyFrom(value, StandardCharsets.UTF_8)))
                .build();
    }

    private static ProcServer.Conversation silent() {
        return stream -> {
            while (stream.read() != null) {
                // This server does not answer.
            }
        };
    }

    private static ProcServer.Conversation immediate(ImmediateResponse response) {
        return answering(_ -> ProcessingResponse.newBuilder().setImmediateResponse(response));
    }

    /// The same changes in both heads.
    private static ProcServer.Conversation changing(Change<CommonResponse.Builder> change) {
        return answering(message -> {
            ProcessingResponse.Builder answer = ProcServer.nothing(message);
            if (message.hasRequestHeaders()) {
                change.change(answer.getRequestHeadersBuilder().getResponseBuilder());
            } else if (message.hasResponseHeaders()) {
                change.change(answer.getResponseHeadersBuilder().getResponseBuilder());
            }
            return answer;
        });
    }

    private static ProcServer.Conversation answering(Function<ProcessingRequest, ProcessingResponse.Builder> answer) {
        return stream -> {
            for (ProcessingRequest message = stream.read(); message != null; message = stream.read()) {
                stream.send(answer.apply(message));
            }
            stream.call().end();
        };
    }

    // ---- ext_proc: bodies

    private static void bodies(List<Scenario> all) {
        for (String mode : List.of("BUFFERED", "BUFFERED_PARTIAL", "STREAMED")) {
            String modes = SLOW.formatted(", 'processing_mode': {'request_body_mode': '%1$s', 'response_body_mode': '%1$s', "
                    .formatted(mode) + "'request_trailer_mode': 'SEND', 'response_trailer_mode': 'SEND'}");
            all.add(Scenario.proc("proc " + mode + " length", modes, POST, OK, answering(EnvoyComparisonTest::upper)));
            all.add(Scenario.proc("proc " + mode + " trailers", modes, CHUNKED, TRAILERS, answering(EnvoyComparisonTest::upper)));
            all.add(Scenario.proc("proc " + mode + " nothing", modes, GET, Reply.of(204, ""),
                    answering(EnvoyComparisonTest::upper)));
            all.add(Scenario.proc("proc " + mode + " no trailers",
                    SLOW.formatted(
                            ", 'processing_mode': {'request_body_mode': '%1$s', 'response_body_mode': '%1$s'}".formatted(mode)),
                    CHUNKED, TRAILERS, answering(EnvoyComparisonTest::upper)));
        }
        String duplex = SLOW
                .formatted(", 'processing_mode': {'request_body_mode': 'FULL_DUPLEX_STREAMED', 'request_trailer_mode': "
                        + "'SEND', 'response_header_mode': 'SKIP'}");
        all.add(Scenario.proc("proc FULL_DUPLEX_STREAMED length", duplex, POST, OK, answering(EnvoyComparisonTest::piece)));
        all.add(Scenario.proc("proc FULL_DUPLEX_STREAMED trailers", duplex, CHUNKED, OK, answering(EnvoyComparisonTest::piece)));
        all.add(Scenario.proc("proc trailers alone", SLOW.formatted(", 'processing_mode': {'response_trailer_mode': 'SEND'}"),
                GET,
                TRAILERS, answering(EnvoyComparisonTest::upper)));
        all.add(Scenario.proc("proc clear", SLOW.formatted(", 'processing_mode': {'request_body_mode': 'BUFFERED'}"), POST, OK,
                answering(message -> {
                    ProcessingResponse.Builder answer = ProcServer.nothing(message);
                    if (message.hasRequestBody()) {
                        answer.getRequestBodyBuilder().getResponseBuilder().getBodyMutationBuilder().setClearBody(true);
                    }
                    return answer;
                })));
    }

    private static ProcessingResponse.Builder upper(ProcessingRequest message) {
        ProcessingResponse.Builder answer = ProcServer.nothing(message);
        switch (message.getRequestCase()) {
            case REQUEST_BODY -> answer.getRequestBodyBuilder().getResponseBuilder().getBodyMutationBuilder()
                    .setBody(upper(message.getRequestBody().getBody()));
            case RESPONSE_BODY -> answer.getResponseBodyBuilder().getResponseBuilder().getBodyMutationBuilder()
                    .setBody(upper(message.getResponseBody().getBody()));
            case REQUEST_TRAILERS ->
                answer.getRequestTrailersBuilder().getHeaderMutationBuilder().addSetHeaders(set("x-seen", "1"));
            case RESPONSE_TRAILERS ->
                answer.getResponseTrailersBuilder().getHeaderMutationBuilder().addSetHeaders(set("x-seen", "1"));
            default -> {}
        }
        return answer;
    }

    private static ByteString upper(ByteString bytes) {
        return ByteString.copyFromUtf8(bytes.toStringUtf8().toUpperCase(java.util.Locale.ROOT));
    }

    private static ProcessingResponse.Builder piece(ProcessingRequest message) {
        ProcessingResponse.Builder answer = upper(message);
        if (message.hasRequestBody()) {
            answer.getRequestBodyBuilder().getResponseBuilder().getBodyMutationBuilder().getStreamedResponseBuilder()
                    .setBody(upper(message.getRequestBody().getBody())).setEndOfStream(message.getRequestBody().getEndOfStream());
        }
        return answer;
    }
}
