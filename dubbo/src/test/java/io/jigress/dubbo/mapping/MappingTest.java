package io.jigress.dubbo.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.jigress.api.Json;
import io.jigress.api.JsonLimits;
import io.jigress.api.JsonParser;
import io.jigress.api.JsonReader;
import io.jigress.dubbo.sample.TypeService;
import io.jigress.dubbo.type.ServiceDefinition;
import io.jigress.dubbo.wire.HessianLimits;
import io.jigress.dubbo.wire.HessianWriter;
import io.jigress.dubbo.wire.Reply;
import io.jigress.dubbo.wire.ReplyReader;
import io.jigress.dubbo.wire.ReplyStatus;
import io.jigress.testkit.TestRequestHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.dubbo.metadata.definition.ServiceDefinitionBuilder;
import org.apache.dubbo.metadata.definition.TypeDefinitionBuilder;
import org.apache.dubbo.metadata.definition.model.MethodDefinition;
import org.apache.dubbo.metadata.definition.model.TypeDefinition;
import org.apache.dubbo.rpc.model.FrameworkModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Reading and compiling mappings, their errors, and the answers to requests that do not fit.
class MappingTest {
    private static final ServiceDefinition PUBLISHED = published();

    /// The metadata of the service as Dubbo publishes it.
    private static ServiceDefinition published() {
        TypeDefinitionBuilder.initBuilders(FrameworkModel.defaultModel());
        var definition = ServiceDefinitionBuilder.build(TypeService.class);
        Json.Builder json = Json.object().put("canonicalName", definition.getCanonicalName());
        json.put("methods", Json.array(definition.getMethods().stream().map(MappingTest::json).toList()));
        json.put("types", Json.array(definition.getTypes().stream().map(MappingTest::json).toList()));
        JsonReader in = JsonReader.of("", json.build());
        ServiceDefinition read = ServiceDefinition.read(in);
        assertThat(in.issues()).isEmpty();
        return read;
    }

    private static Json json(MethodDefinition method) {
        return Json.object().put("name", method.getName()).put("returnType", method.getReturnType())
                .put("parameterTypes", Json.array(List.of(method.getParameterTypes()).stream().map(Json::of).toList())).build();
    }

    private static Json json(TypeDefinition type) {
        Json.Builder properties = Json.object();
        type.getProperties().forEach(properties::put);
        return Json.object().put("type", type.getType()).put("properties", properties.build())
                .put("enums", Json.array(type.getEnums().stream().map(Json::of).toList())).build();
    }

    private static Json parse(String text) {
        return ((JsonParser.Value) JsonParser.parse(text.getBytes(StandardCharsets.UTF_8), JsonLimits.DEFAULT)).json();
    }

    private static DubboMapping mapping(String members) {
        JsonReader in = JsonReader.of("", parse("{\"service\":\"io.jigress.dubbo.sample.TypeService\"," + members + "}"));
        DubboMapping mapping = MappingReader.read(in);
        assertThat(in.issues()).isEmpty();
        return mapping;
    }

    private static List<String> faults(String members) {
        JsonReader in = JsonReader.of("spec", parse("{" + members + "}"));
        MappingReader.read(in);
        return in.issues().stream().map(issue -> issue.path() + " " + issue.what()).toList();
    }

    private static CompiledService compile(String members) {
        CompiledService service = CompiledService.compile(mapping(members), PUBLISHED);
        assertThat(service.problems()).isEmpty();
        return service;
    }

    /// The response to a request that is not mapped to a call; fails when it is.
    private static Answer refusal(CompiledService service, TestRequestHead head, String body) {
        return switch (HttpCall.begin(service, head)) {
            case HttpCall.Refused refused -> refused.answer();
            case HttpCall.Begun begun -> {
                Answer answer = begun.call().write(head, body.getBytes(StandardCharsets.UTF_8), JsonLimits.DEFAULT,
                        Unpooled.buffer());
                assertThat(answer).as("a refusal").isNotNull();
                yield answer;
            }
        };
    }

    /// The body of the call that a request is mapped to, as text.
    private static String call(CompiledService service, TestRequestHead head, String body) {
        HttpCall call = ((HttpCall.Begun) HttpCall.begin(service, head)).call();
        ByteBuf out = Unpooled.buffer();
        Answer refused = call.write(head, body.getBytes(StandardCharsets.UTF_8), JsonLimits.DEFAULT, out);
        assertThat(refused).isNull();
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    private static Answer answer(CompiledService service, TestRequestHead head, int status, Consumer<HessianWriter> reply) {
        HttpCall call = ((HttpCall.Begun) HttpCall.begin(service, head)).call();
        ByteBuf body = Unpooled.buffer();
        reply.accept(new HessianWriter(body));
        Reply read = ReplyReader.read(status, body, HessianLimits.DEFAULT);
        return call.answer(read, HessianLimits.DEFAULT, 10_000);
    }

    // ---- reading

    @Test
    void jsonOnTheWireNeedsTripleAndCannotBeGeneric() {
        assertThat(faults("""
                "service":"a.B","serialization":"json","invocation":"generic","methods":[]""")).containsExactly(
                "spec.serialization is \"json\", which the protocol dubbo does not have",
                "spec.invocation cannot be combined with serialization: json");
        assertThat(faults("\"service\":\"a.B\",\"protocol\":\"tri\",\"serialization\":\"json\"")).isEmpty();
        assertThat(faults("\"service\":\"a.B\",\"protocol\":\"rest\",\"methods\":[]"))
                .containsExactly("spec.protocol is \"rest\"");
    }

    @Test
    void faultsHaveTheirPlaces() {
        assertThat(faults("")).containsExactly("spec.service is missing", "spec.methods is missing");
        assertThat(faults("""
                "service":"a.B","invocation":"json","methods":[
                  {"method":"a","path":"x"},
                  {"method":"a","path":"/a/{b}","httpMethod":"TRACE"},
                  {"method":"a","path":"/a","parameters":[{"from":"path","name":"c","type":"int"},{"name":"d","type":"in t"}]},
                  {"method":"a","path":"/b","parameters":[{"from":"entireBody"},{"from":"body","name":"x"}]},
                  {"method":"c","path":"/a"},
                  {"method":"c","path":"/a","extra":1},
                  {"method":"d","path":"/d","parameters":[],"attachments":{"responseHeaders":["Content-Length"]}}],
                "classes":{"com.acme.A":{"fields":{"a":"in t"}},"int":{}},
                "json":{"zone":"Mars","dates":"roman"},"errors":{"statuses":{"a.B":200}}""")).containsExactly(
                "spec.invocation is \"json\"",
                "spec.methods[0].path is \"x\"",
                "spec.methods[1].httpMethod is \"TRACE\"",
                "spec.methods[2].parameters[0].name is \"c\", which the path /a does not have",
                "spec.methods[2].parameters[1].from is missing",
                "spec.methods[2].parameters[1].type is \"in t\"",
                "spec.methods[3].parameters take the whole body and more of it",
                "spec.methods[4].path is /a, which an earlier method has for POST",
                "spec.methods[5].extra is not a known field and has no effect",
                "spec.methods[5].path is /a, which an earlier method has for POST",
                "spec.methods[6].attachments.responseHeaders has \"content-length\"",
                "spec.classes.com.acme.A.fields.a is \"in t\"",
                "spec.classes.int is not a class",
                "spec.json.zone is \"Mars\"",
                "spec.json.dates is \"roman\"",
                "spec.errors.statuses.a.B is 200");
    }

    // ---- compiling

    @Test
    void withMetadataAMappingIsOnlyAPath() {
        CompiledService service = compile(
                """
                "methods":[{"method":"bean","path":"/items"},{"method":"nestedBean","path":"/orders"},{"method":"two","path":"/two/{first}"},
                           {"method":"seen","path":"/seen","httpMethod":"GET"},{"method":"primitiveLong","path":"/long/{id}","httpMethod":"GET"}]""");
        assertThat(call(service, TestRequestHead.of("POST", "/items"), "{\"name\":\"x\"}")).contains("bean",
                "Lio/jigress/dubbo/sample/Item;", "io.jigress.dubbo.sample.Item").doesNotContain("$invoke");
        // It has a field of the type float, which providers corrupt in direct calls.
        assertThat(call(service, TestRequestHead.of("POST", "/orders"), "{\"id\":1}")).contains("$invoke", "nestedBean",
                "io.jigress.dubbo.sample.Order");
        assertThat(call(service, TestRequestHead.of("POST", "/two/a%2Fb"), "5")).contains("a/b");
        assertThat(call(service, TestRequestHead.of("GET", "/seen"), "")).contains("seen");
        assertThat(call(service, TestRequestHead.of("GET", "/long/9007199254740993"), "")).contains("primitiveLong");
    }

    @Test
    void severalParametersBeyondThePathAreAnArray() {
        CompiledService service = compile("\"methods\":[{\"method\":\"two\",\"path\":\"/two\"}]");
        assertThat(call(service, TestRequestHead.of("POST", "/two"), "[\"abc\",5]")).contains("abc");
        assertThat(refusal(service, TestRequestHead.of("POST", "/two"), "[\"abc\"]").json())
                .contains("body[1]: expected long, found nothing");
    }

    @Test
    void anOverloadIsChosenByTypes() {
        CompiledService service = compile("""
                "methods":[{"method":"overloaded","path":"/i","parameters":[{"from":"query","name":"v","type":"int"}]},
                           {"method":"overloaded","path":"/n","parameters":[{"from":"query","name":"v","type":"java.lang.Integer"}]},
                           {"method":"overloaded","path":"/l","parameters":[{"from":"entireBody","type":"java.util.List"}]}]""");
        assertThat(call(service, TestRequestHead.of("POST", "/i?v=1"), "")).contains("overloaded\u0001I");
        assertThat(call(service, TestRequestHead.of("POST", "/n?v=1"), "")).contains("Ljava/lang/Integer;");
        assertThat(call(service, TestRequestHead.of("POST", "/l"), "[\"a\"]")).contains("Ljava/util/List;");
    }

    @Test
    void anAmbiguousOverloadIsAProblemThatListsTheCandidates() {
        CompiledService service = CompiledService.compile(mapping("""
                "methods":[{"method":"overloaded","path":"/a"},{"method":"two","path":"/b"},
                  {"method":"none","path":"/c"},{"method":"two","path":"/d","parameters":[{"from":"query","name":"v","type":"int"}]},
                  {"method":"text","path":"/e","httpMethod":"GET"}]"""), PUBLISHED);
        assertThat(service.problems()).extracting(CompiledService.Problem::method).containsExactly(0, 2, 3, 4);
        assertThat(service.problems().getFirst().what())
                .isEqualTo("the method overloaded of io.jigress.dubbo.sample.TypeService is ambiguous");
        assertThat(service.problems().getFirst().expected()).contains("overloaded(int)", "overloaded(java.lang.Integer)",
                "overloaded(java.util.List<java.lang.String>)");
        assertThat(service.problems().get(2).expected()).isEqualTo("the types of one of two(java.lang.String, long)");
        assertThat(refusal(service, TestRequestHead.of("POST", "/a"), "").status()).isEqualTo(500);
        assertThat(call(service, TestRequestHead.of("POST", "/b"), "[\"a\",1]")).contains("two");
    }

    @Test
    void withoutMetadataTheMappingSaysTheTypes() {
        DubboMapping mapping = mapping(
                """
                "methods":[{"method":"a","path":"/a","parameters":[{"from":"entireBody","type":"com.acme.Order"}]},
                           {"method":"b","path":"/b"},
                           {"method":"c","path":"/c","parameters":[{"from":"query","name":"n","type":"java.util.List<java.lang.Long>"}]}]""");
        CompiledService service = CompiledService.compile(mapping, null);
        assertThat(service.problems()).extracting(CompiledService.Problem::method).containsExactly(1);
        // An unknown class is sent through the generic service.
        assertThat(call(service, TestRequestHead.of("POST", "/a"), "{\"id\":1}")).contains("$invoke", "com.acme.Order",
                "generic");
        assertThat(refusal(service, TestRequestHead.of("POST", "/a"), "{\"class\":\"java.lang.Runtime\"}").json())
                .contains("in a generic call it would choose the provider's class");
        assertThat(call(service, TestRequestHead.of("POST", "/c?n=1&n=2"), "")).contains("Ljava/util/List;")
                .doesNotContain("$invoke");
    }

    @Test
    void theOpenApiDocumentHasTheTypesOfTheMetadata() {
        CompiledService service = compile("""
                "classes":{"com.acme.Outer$Inner":{"fields":{"n":"int"}}},
                "methods":[{"method":"nestedBean","path":"/orders","httpMethod":"PUT"},
                           {"method":"text","path":"/{unused}/text"},{"method":"nothing","path":"/nothing"},
                           {"method":"mapOfObject","path":"/inner","parameters":[{"from":"entireBody","type":
                            "java.util.Map<java.lang.String,com.acme.Outer$Inner>"}]}]""");
        String document = service.openApi().toString();
        assertThat(document).contains("\"openapi\":\"3.1.0\"",
                "\"requestBody\":{\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/io.jigress.dubbo.sample.Order\"}}}}",
                "\"io.jigress.dubbo.sample.Order\":{\"type\":\"object\",\"properties\":{",
                "\"id\":{\"type\":\"integer\",\"format\":\"int64\"}",
                "\"204\":{\"description\":\"nothing is returned\"}",
                "{\"name\":\"unused\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}}",
                "\"com.acme.Outer-Inner\":{", "\"#/components/schemas/com.acme.Outer-Inner\"");
        assertThat(document).doesNotContain("Outer$Inner\"");
    }

    // ---- requests

    @Test
    void aPathIsFoundWithItsMethod() {
        CompiledService service = compile("""
                "methods":[{"method":"text","path":"/a"},{"method":"seen","path":"/a/b","httpMethod":"GET"},
                           {"method":"text","path":"/a/{x}"},{"method":"text","path":"/a/{x}","httpMethod":"GET"}]""");
        assertThat(refusal(service, TestRequestHead.of("GET", "/b"), "").status()).isEqualTo(404);
        assertThat(refusal(service, TestRequestHead.of("POST", "/a/"), "").status()).isEqualTo(404);
        assertThat(refusal(service, TestRequestHead.of("POST", "/a/b/c"), "").status()).isEqualTo(404);
        Answer wrong = refusal(service, TestRequestHead.of("GET", "/a"), "");
        assertThat(wrong.status()).isEqualTo(405);
        assertThat(wrong.headers()).containsEntry("allow", "POST");
        assertThat(call(service, TestRequestHead.of("HEAD", "/a/b"), "")).contains("seen");
        assertThat(call(service, TestRequestHead.of("POST", "/a/b"), "")).contains("text");
        assertThat(HttpCall.begin(null, TestRequestHead.of("GET", "/"))).isInstanceOf(HttpCall.Refused.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "/nestedBean | `{\"id\":\"x\"}` | $.id | string \"x\"",
        "/nestedBean | `{\"id\":null}` | $.id | null",
        "/nestedBean | `{\"items\":[{},{\"price\":\"1,5\"}]}` | $.items[1].price | string \"1,5\"",
        "/nestedBean | `{\"stock\":{\"RED\":1.5}}` | $.stock.RED | number 1.5",
        "/nestedBean | `{\"address\":{\"floor\":128}}` | $.address.floor | number 128",
        "/nestedBean | `{\"placed\":\"yesterday\"}` | $.placed | string \"yesterday\"",
        "/nestedBean | `{\"size\":\"XL\"}` | $.size | string \"XL\"",
        "/nestedBean | `[]` | $ | an array of 0",
        "/boxedInt | `2147483648` | $ | number 2147483648",
        "/boxedInt | `1.5` | $ | number 1.5",
        "/boxedInt | `true` | $ | boolean true",
        "/primitiveInt | `null` | $ | null",
        "/boxedLong | `9223372036854775808` | $ | number 9223372036854775808",
        "/boxedLong | `1e999999999` | $ | number 1e999999999",
        "/bigInteger | `1e999999999` | $ | number 1e999999999",
        "/boxedFloat | `1e39` | $ | number 1e39",
        "/boxedDouble | `1e309` | $ | number 1e309",
        "/boxedBoolean | `\"yes\"` | $ | string \"yes\"",
        "/text | `5` | $ | number 5",
        "/bytes | `\"=\"` | $ | string \"=\"",
        "/dayOfWeek | `5` | $ | number 5",
        "/listOfLong | `[1,null,\"a\"]` | $[2] | string \"a\"",
        "/mapFromInteger | `{\"a\":\"b\"}` | $.a | string \"a\"",
        "/mapFromBean | `{\"a\":\"b\"}` | $.a | an object",
        "/mapFromBean | `[{\"key\":{}}]` | $[0] | an object"})
    void jsonThatDoesNotFitIsToldWithItsPlace(String path, String body, String place, String found) {
        CompiledService service = compile("\"methods\":[{\"method\":\"" + path.substring(1) + "\",\"path\":\"" + path + "\"}]");
        Answer answer = refusal(service, TestRequestHead.of("POST", path), body);
        assertThat(answer.status()).isEqualTo(400);
        Map<String, Json> members = ((Json.Obj) parse(answer.json())).members();
        assertThat(members.get("error")).isEqualTo(Json.of("bad_argument"));
        assertThat(members.get("parameter")).isEqualTo(Json.of("body"));
        assertThat(members.get("path")).isEqualTo(Json.of(place));
        assertThat(members.get("found")).isEqualTo(Json.of(found));
        assertThat(members).containsKey("expected");
    }

    @Test
    void whatIsMissingIsNullADefaultOrRefused() {
        CompiledService service = compile("""
                "methods":[{"method":"boxedInt","path":"/null","parameters":[{"from":"query","name":"v"}]},
                           {"method":"boxedInt","path":"/default","parameters":[{"from":"query","name":"v","default":77}]},
                           {"method":"boxedInt","path":"/required","parameters":[{"from":"header","name":"x-v","required":true}]},
                           {"method":"primitiveInt","path":"/primitive","parameters":[{"from":"body","name":"v"}]},
                           {"method":"text","path":"/body"}]""");
        assertThat(call(service, TestRequestHead.of("POST", "/null"), "")).contains("Ljava/lang/Integer;N");
        assertThat(call(service, TestRequestHead.of("POST", "/default"), "")).contains("Ljava/lang/Integer;\u00c8M");
        assertThat(refusal(service, TestRequestHead.of("POST", "/required"), "").json())
                .contains("x-v: expected java.lang.Integer, found nothing");
        assertThat(refusal(service, TestRequestHead.of("POST", "/primitive"), "{}").json())
                .contains("v: expected int, found nothing");
        assertThat(call(service, TestRequestHead.of("POST", "/body"), "")).contains("Ljava/lang/String;N");
    }

    @Test
    void bodiesAreJsonFormsOrText() {
        CompiledService service = compile(
                """
                "methods":[{"method":"bean","path":"/bean"},{"method":"text","path":"/text"},
                           {"method":"two","path":"/two","parameters":[{"from":"body","name":"a"},{"from":"body","name":"b"}]}]""");
        assertThat(
                refusal(service, TestRequestHead.of("POST", "/bean", "content-type: application/json; charset=utf-8"), "{\"a\":}")
                        .json())
                .contains("bad_json", "body: not JSON at byte 5: a value expected");
        assertThat(refusal(service, TestRequestHead.of("POST", "/bean", "content-type: text/xml"), "<a/>").status())
                .isEqualTo(415);
        assertThat(call(service, TestRequestHead.of("POST", "/bean", "content-type: application/x-www-form-urlencoded"),
                "name=a+b%21"))
                .contains("a b!");
        assertThat(call(service, TestRequestHead.of("POST", "/text", "content-type: text/plain"), "as it is"))
                .contains("as it is");
        assertThat(call(service, TestRequestHead.of("POST", "/two", "content-type: application/x-www-form-urlencoded"),
                "a=%C3%A9&b=5"))
                .contains("Ã©");
        assertThat(refusal(service, TestRequestHead.of("POST", "/two"), "[1]").json())
                .contains("body: expected an object, found array");
        assertThat(
                refusal(service, TestRequestHead.of("POST", "/two", "content-type: application/x-www-form-urlencoded"), "a=%zz")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void aFormOfManyPairsIsRefusedBeforeTheyAreTakenApart() {
        CompiledService service = compile("\"methods\":[{\"method\":\"bean\",\"path\":\"/bean\"}]");
        TestRequestHead head = TestRequestHead.of("POST", "/bean", "content-type: application/x-www-form-urlencoded");
        byte[] form = "a&".repeat(2_000_000).getBytes(StandardCharsets.US_ASCII);
        HttpCall call = ((HttpCall.Begun) HttpCall.begin(service, head)).call();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        Answer answer = call.write(head, form, JsonLimits.DEFAULT, Unpooled.buffer());
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).as("allocated").isLessThan(3L * form.length);
        assertThat(answer.json()).contains("more than 1000 parameters in the form");
        assertThat(call(service, head, "&&name=x&&")).contains("name");
    }

    @Test
    void attachmentsComeFromHeadersButNotThoseThatSteerTheProvider() {
        CompiledService service = compile("""
                "version":"1.0.0","group":"g","timeout":"250ms",
                "methods":[{"method":"seen","path":"/all","attachments":{"headers":["*"],"fixed":{"tenant":"t-1"}}},
                           {"method":"seen","path":"/some","attachments":{"headers":["X-User"]}}]""");
        String[] headers = {"x-user: u-1", "x-other: o-1", "generic: nativejava", "interface: evil", "traceparent: 00-trace",
            "connection: x-hop",
            "x-hop: h-1", "content-type: text/x"};
        assertThat(call(service, TestRequestHead.of("POST", "/all", headers), ""))
                .contains("x-user\u0003u-1", "o-1", "00-trace", "tenant\u0003t-1",
                        "group\u0001g", "timeout\u0003250")
                .doesNotContain("nativejava", "evil", "h-1", "text/x");
        assertThat(call(service, TestRequestHead.of("POST", "/some", headers), "")).contains("u-1", "00-trace")
                .doesNotContain("o-1");
    }

    // ---- answers

    @Test
    void exceptionsBecomeStatuses() {
        CompiledService service = compile("""
                "methods":[{"method":"seen","path":"/a","httpMethod":"GET","attachments":{"responseHeaders":["x-a"]}}],
                "errors":{"statuses":{"com.acme.NotFound":404}}""");
        TestRequestHead head = TestRequestHead.of("GET", "/a");
        Answer listed = answer(service, head, ReplyStatus.OK, out -> {
            out.integer(3);
            out.object("com.acme.NotFound", List.of("detailMessage", "stackTrace", "cause", "article"));
            out.text("no such article");
            out.list(null, 0);
            out.nothing();
            out.longInteger(9007199254740993L);
            out.map(null);
            out.text("x-a");
            out.text("attached");
            out.endOfMap();
        });
        assertThat(listed).isEqualTo(new Answer(404, "{\"error\":\"exception\",\"status\":404,\"message\":\"no such article\","
                + "\"details\":{\"article\":9007199254740993}}", Map.of("x-a", "attached")));
        Answer other = answer(service, head, ReplyStatus.OK, out -> {
            out.integer(0);
            out.object("com.acme.Bug", List.of("detailMessage"));
            out.text("a secret");
        });
        assertThat(other).isEqualTo(Answer.of(500, "{\"error\":\"exception\",\"status\":500}"));
        int[][] codes = {{0, 500}, {1, 502}, {2, 504}, {3, 500}, {4, 403}, {5, 502}, {6, 503}, {7, 429}};
        for (int[] code : codes) {
            assertThat(answer(service, head, ReplyStatus.OK, out -> {
                out.integer(0);
                out.object("org.apache.dubbo.rpc.RpcException", List.of("code", "detailMessage"));
                out.integer(code[0]);
                out.nothing();
            }).status()).as("code " + code[0]).isEqualTo(code[1]);
        }
        int[][] statuses = {{30, 504}, {31, 504}, {35, 503}, {40, 502}, {50, 502}, {60, 502}, {70, 500}, {80, 502}, {100, 503},
            {7, 502}};
        for (int[] status : statuses) {
            assertThat(answer(service, head, status[0], out -> out.text("a secret")).status()).isEqualTo(status[1]);
            assertThat(answer(service, head, status[0], out -> out.text("a secret")).json()).doesNotContain("secret");
        }
        assertThat(answer(service, head, ReplyStatus.OK, out -> out.text("x")).status()).isEqualTo(502);
        CompiledService own = compile("""
                "methods":[{"method":"seen","path":"/a","httpMethod":"GET"}],"errors":{"otherStatus":502}""");
        assertThat(answer(own, head, ReplyStatus.SERVICE_ERROR, out -> out.text("a secret")))
                .isEqualTo(Answer.of(502, "{\"error\":\"exception\",\"status\":502}"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "`{}` | `{\"id\":9007199254740993,\"amount\":1.50,\"paid\":\"2026-01-02T12:04:05.678Z\",\"note\":null}`",
        "`{\"longsAsText\":true}` | `{\"id\":\"9007199254740993\",\"amount\":\"1.50\",\"paid\":\"2026-01-02T12:04:05.678Z\",\"note\":null}`",
        "`{\"dates\":\"millis\"}` | `{\"id\":9007199254740993,\"amount\":1.50,\"paid\":1767355445678,\"note\":null}`",
        "`{\"classes\":true}` | `{\"class\":\"com.acme.Payment\",\"id\":9007199254740993,\"amount\":1.50,\"paid\":\"2026-01-02T12:04:05.678Z\",\"note\":null}`"})
    void resultsHaveTheFormThatTheMappingSets(String output, String expected) {
        CompiledService service = compile(
                "\"methods\":[{\"method\":\"seen\",\"path\":\"/a\",\"httpMethod\":\"GET\"}],\"json\":" + output);
        Answer answer = answer(service, TestRequestHead.of("GET", "/a"), ReplyStatus.OK, out -> {
            out.integer(1);
            out.object("com.acme.Payment", List.of("id", "amount", "paid", "note"));
            out.longInteger(9007199254740993L);
            out.object("java.math.BigDecimal", List.of("value"));
            out.text("1.50");
            out.date(1767355445678L);
            out.nothing();
        });
        assertThat(answer.status()).isEqualTo(200);
        assertThat(parse(answer.json())).isEqualTo(parse(expected));
    }

    @Test
    void nothingIs204AndNullIsNull() {
        CompiledService service = compile(
                "\"methods\":[{\"method\":\"nothing\",\"path\":\"/void\"},{\"method\":\"text\",\"path\":\"/null\"}]");
        assertThat(answer(service, TestRequestHead.of("POST", "/void"), ReplyStatus.OK, out -> out.integer(2)).status())
                .isEqualTo(204);
        assertThat(answer(service, TestRequestHead.of("POST", "/null"), ReplyStatus.OK, out -> out.integer(2)))
                .isEqualTo(Answer.of(200, "null"));
    }
}
