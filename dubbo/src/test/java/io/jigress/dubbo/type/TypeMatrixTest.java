package io.jigress.dubbo.type;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.api.JsonLimits;
import io.jigress.api.JsonParser;
import io.jigress.api.JsonReader;
import io.jigress.dubbo.TripleGateway;
import io.jigress.dubbo.sample.DubboProcess;
import io.jigress.dubbo.sample.Samples;
import io.jigress.dubbo.sample.TypeService;
import io.jigress.dubbo.type.ArgumentWriter.Form;
import io.jigress.dubbo.wire.DubboClient;
import io.jigress.dubbo.wire.HessianLimits;
import io.jigress.dubbo.wire.HessianValue;
import io.jigress.dubbo.wire.InvocationWriter;
import io.jigress.dubbo.wire.Reply;
import io.jigress.testkit.ReceivedResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/// Every type, from JSON to a real provider and back, compared with a real Java consumer. Writes the table of docs/dubbo-types.md when it
/// is run with `-Dgolden.update=true`.
@Tag("suite")
@Timeout(120)
class TypeMatrixTest {
    private static final String SERVICE = "io.jigress.dubbo.sample.TypeService";
    private static final Path TABLE = Path.of("..", "docs", "dubbo-types.md");
    private static final String BEGIN = "<!-- The table is written by TypeMatrixTest: mvn test -pl dubbo -am -Dtest=TypeMatrixTest -Dgolden.update=true -->\n";

    private static final Map<String, String> ATTACHMENTS = Map.of("path", SERVICE, "interface", SERVICE, "version", "1.0.0",
            "group", "test");

    /// Metadata has no type arguments of classes, so the mapping gives them.
    private static final TypeCatalog PAGE_OF_ITEMS = new TypeCatalog(Map.of("io.jigress.dubbo.sample.Page",
            new TypeCatalog.Definition(Map.of("number", JavaType.of("int"), "content",
                    new JavaType("java.util.List", List.of(JavaType.of("io.jigress.dubbo.sample.Item")), 0)), List.of())));

    /// How a provider is called: the columns of the table.
    private enum Way {
        DIRECT("direct"), GENERIC("generic"), GENERIC_RAW("genericRaw"),
        TRI_DIRECT("direct"), TRI_GENERIC("generic"), TRI_GENERIC_RAW("genericRaw"), TRI_JSON("json");

        private final String word;

        Way(String word) {
            this.word = word;
        }

        private Form form() {
            return this == DIRECT ? Form.DIRECT : Form.GENERIC;
        }

        private boolean triple() {
            return name().startsWith(TRI);
        }

        /// What is different from a consumer in Java, and why; null when nothing is.
        private @Nullable String difference(String name) {
            String own = DIFFERENCES.get(this + " " + name);
            if (own != null) {
                return own.equals(SAME) ? null : own;
            }
            return triple() ? DIFFERENCES.get(name().substring(TRI.length()) + " " + name) : null;
        }
    }

    private static final String TRI = "TRI_";
    /// The ways in which values are written in Hessian. With JSON they are the provider's, which the table shows.
    private static final List<Way> WRITTEN_BY_US = Stream.of(Way.values()).filter(way -> way != Way.TRI_JSON).toList();
    private static final String SAME = "same";
    private static final String PROPERTIES = "the answer is an object with its properties";
    private static final String FAILS_FOR_ALL = "fails, as from a consumer in Java: not serializable";
    private static final String EXACT = "the exact class (a consumer in Java sends another)";
    private static final String DEFAULTS = "what is missing or null keeps the value of the constructor";
    private static final String ERASED = "the provider gets maps in the list, whose type it does not know either";
    private static final String CLOSED = "fails in the provider, which cannot read the JDK's class";

    /// The cases in which the provider receives another value than from a Java consumer, or the response differs, and why.
    private static final Map<String, String> DIFFERENCES = Map.ofEntries(
            Map.entry("DIRECT listOfShort", EXACT), Map.entry("DIRECT listOfByte", EXACT),
            Map.entry("DIRECT partOfBean", "what is missing is null: the provider runs no constructor"),
            Map.entry("DIRECT nestedBean", "its `float` is spoiled by the provider's Hessian; `auto` calls `$invoke` instead"),
            Map.entry("DIRECT optional", FAILS_FOR_ALL), Map.entry("GENERIC optional", FAILS_FOR_ALL),
            Map.entry("GENERIC_RAW optional", FAILS_FOR_ALL),
            Map.entry("GENERIC listOfShort", EXACT), Map.entry("GENERIC listOfByte", EXACT),
            Map.entry("GENERIC listOfFloat", EXACT), Map.entry("GENERIC listOfCharacter", EXACT),
            Map.entry("GENERIC_RAW listOfShort", EXACT), Map.entry("GENERIC_RAW listOfByte", EXACT),
            Map.entry("GENERIC_RAW listOfFloat", EXACT), Map.entry("GENERIC_RAW listOfCharacter", EXACT),
            Map.entry("GENERIC partOfBean", DEFAULTS), Map.entry("GENERIC_RAW partOfBean", DEFAULTS),
            Map.entry("GENERIC nestedBean", "its `float` is right (a consumer in Java spoils it)"),
            Map.entry("GENERIC_RAW nestedBean", "its `float` is right (a consumer in Java spoils it)"),
            Map.entry("GENERIC genericBean", ERASED), Map.entry("GENERIC_RAW genericBean", ERASED),
            Map.entry("GENERIC record", "fails in the provider, which cannot set the fields of a record"),
            Map.entry("GENERIC_RAW record", "fails in the provider, which cannot set the fields of a record"),
            Map.entry("GENERIC sortedSet", "fails in the provider, which makes a list of it"),
            Map.entry("GENERIC_RAW sortedSet", "fails in the provider, which makes a list of it"),
            Map.entry("GENERIC calendar", CLOSED), Map.entry("GENERIC zonedDateTime", CLOSED),
            Map.entry("GENERIC zoneId", CLOSED),
            Map.entry("GENERIC instant", PROPERTIES), Map.entry("GENERIC offsetDateTime", PROPERTIES),
            Map.entry("GENERIC offsetTime", PROPERTIES), Map.entry("GENERIC year", PROPERTIES),
            Map.entry("GENERIC yearMonth", PROPERTIES), Map.entry("GENERIC monthDay", PROPERTIES),
            Map.entry("GENERIC duration", PROPERTIES), Map.entry("GENERIC period", PROPERTIES),
            Map.entry("GENERIC zoneOffset", PROPERTIES), Map.entry("GENERIC uuid", PROPERTIES),
            Map.entry("GENERIC locale", PROPERTIES), Map.entry("GENERIC currency", PROPERTIES),
            Map.entry("GENERIC uri", PROPERTIES));

    private static DubboProcess provider;
    private static int port;
    private static ServiceDefinition definition;
    private static Map<String, DubboProcess.Case> consumer;
    private static Map<String, DubboProcess.Case> tripleConsumer;
    private static final Map<String, Outcome> outcomes = new HashMap<>();

    @BeforeAll
    static void start() {
        provider = DubboProcess.provider();
        Json published = parse(provider.await("definition"));
        JsonReader in = JsonReader.of("", published);
        definition = ServiceDefinition.read(in);
        assertThat(in.failed()).as(in.issues().toString()).isFalse();
        port = Integer.parseInt(provider.await("port"));
        definition = new ServiceDefinition(definition.name(), definition.methods(), definition.catalog().with(PAGE_OF_ITEMS));
        consumer = DubboProcess.consumerCases("dubbo", port);
        try (DubboClient client = new DubboClient(port)) {
            for (String name : Samples.values().keySet()) {
                for (Way way : List.of(Way.DIRECT, Way.GENERIC, Way.GENERIC_RAW)) {
                    outcomes.put(way + " " + name, call(client, name, SampleJson.request(name), way));
                }
            }
        }
        try (DubboProcess triple = DubboProcess.provider("tri")) {
            int triplePort = Integer.parseInt(triple.await("port"));
            tripleConsumer = DubboProcess.consumerCases("tri", triplePort);
            callTriple(triplePort);
        }
    }

    private static void callTriple(int triplePort) {
        List<Way> ways = Stream.of(Way.values()).filter(Way::triple).toList();
        Map<String, String> mappings = new LinkedHashMap<>();
        for (Way way : ways) {
            String methods = Samples.values().keySet().stream().map(name -> """
                    {"method":"%1$s","path":"/%2$s/%1$s","parameters":[{"from":"entireBody"}]}""".formatted(name, way))
                    .collect(Collectors.joining(","));
            mappings.put(way.name(), """
                    {"service":"%s","version":"1.0.0","group":"test","protocol":"tri","timeout":"3s",%s,"json":{"refuseUnknownMembers":true},
                     "methods":[{"method":"seen","path":"/%s/seen","httpMethod":"GET"},%s]}""".formatted(SERVICE,
                    way == Way.TRI_JSON ? "\"serialization\":\"json\"" : "\"invocation\":\"" + way.word + "\"", way, methods));
        }
        try (TripleGateway gateway = new TripleGateway("tri", triplePort, mappings, definition)) {
            for (String name : Samples.values().keySet()) {
                for (Way way : ways) {
                    ReceivedResponse answer = gateway.send("POST", "/" + way + "/" + name, SampleJson.request(name));
                    String text = answer.status() == 204 ? "null" : new String(answer.body(), StandardCharsets.UTF_8);
                    outcomes.put(way + " " + name,
                            new Outcome(answer.status() / 100 == 2 ? seen(gateway) : "fails", text));
                }
            }
        }
    }

    private static String seen(TripleGateway gateway) {
        String text = new String(gateway.send("GET", "/TRI_DIRECT/seen", "").body(), StandardCharsets.UTF_8);
        return parse(text) instanceof Json.Str(String value) ? value : text;
    }

    @AfterAll
    static void stop() {
        provider.close();
    }

    private static Json parse(String text) {
        return switch (JsonParser.parse(text.getBytes(StandardCharsets.UTF_8), JsonLimits.DEFAULT)) {
            case JsonParser.Value value -> value.json();
            case JsonParser.Invalid invalid -> throw new AssertionError(invalid + " in " + text);
        };
    }

    /// The outcome of one call.
    private record Outcome(String seen, String answer) {
    }

    private static Outcome call(DubboClient client, String name, String json, Way way) {
        ServiceDefinition.Method method = definition.methods(name).getFirst();
        JavaType type = method.parameters().getFirst();
        Shape shape = new Shapes(definition.catalog()).of(type);
        Map<String, String> attachments = new LinkedHashMap<>(ATTACHMENTS);
        if (way != Way.DIRECT) {
            attachments.put("generic", way == Way.GENERIC ? "true" : "raw.return");
        }
        Reply reply = client.call(out -> {
            if (way == Way.DIRECT) {
                InvocationWriter.begin(out, SERVICE, "1.0.0", name, type.descriptor());
            } else {
                InvocationWriter.beginGeneric(out, SERVICE, "1.0.0", name, List.of(type.className()));
            }
            ArgumentWriter.Misfit misfit = new ArgumentWriter(out, new ArgumentWriter.Settings(way.form(), ZoneOffset.UTC, true))
                    .write(shape, parse(json));
            assertThat(misfit).as(name).isNull();
            InvocationWriter.end(out, attachments);
        });
        return switch (reply) {
            case Reply.Result result -> new Outcome(seen(client), String.valueOf(ResultWriter.write(result.value(),
                    definition.catalog(), new ResultWriter.Settings(false, false, false, way == Way.GENERIC),
                    HessianLimits.DEFAULT,
                    1 << 20)));
            case Reply.Thrown thrown -> {
                HessianValue.Bean exception = (HessianValue.Bean) thrown.exception();
                yield new Outcome("fails", exception.definition().type() + " " + exception.get("detailMessage")
                        + exception.get("exceptionMessage"));
            }
            case Reply.Refused refused -> new Outcome("fails", refused.toString());
            case Reply.Failed failed -> new Outcome("fails", failed.toString());
            case Reply.Malformed malformed -> new Outcome("fails", malformed.toString());
        };
    }

    private static String seen(DubboClient client) {
        Reply reply = client.call(out -> {
            InvocationWriter.begin(out, SERVICE, "1.0.0", "seen", "");
            InvocationWriter.end(out, ATTACHMENTS);
        });
        return ((HessianValue.Text) ((Reply.Result) reply).value()).value();
    }

    @TestFactory
    Stream<DynamicTest> aProviderGetsWhatAConsumerSendsAndItsAnswerIsTheSameJson() {
        List<DynamicTest> tests = new ArrayList<>();
        Samples.values().keySet().forEach(name -> {
            for (Way way : WRITTEN_BY_US) {
                tests.add(DynamicTest.dynamicTest(name + " " + way, () -> {
                    Outcome outcome = outcomes.get(way + " " + name);
                    String wants = SampleJson.response(name);
                    String seen = (way.triple() ? tripleConsumer : consumer).get(name).seen();
                    if (way.difference(name) != null) {
                        assertThat(outcome.seen.equals(seen) && same(outcome.answer, wants))
                                .as("%s has become the same as from a consumer", outcome).isFalse();
                    } else {
                        assertThat(outcome.seen).as(outcome.answer).isEqualTo(seen);
                        assertThat(same(outcome.answer, wants)).as("%s is not %s", outcome.answer, wants).isTrue();
                    }
                }));
            }
        });
        return tests.stream();
    }

    @Test
    void whatIsDifferentIsAsTheTableSays() {
        assertThat(outcomes.get("DIRECT listOfShort").seen).isEqualTo("ArrayList[Short 1]");
        assertThat(outcomes.get("DIRECT listOfByte").seen).isEqualTo("ArrayList[Byte 1]");
        assertThat(outcomes.get("GENERIC listOfFloat").seen).isEqualTo("ArrayList[Float 1.5]");
        assertThat(outcomes.get("GENERIC listOfCharacter").seen).isEqualTo("ArrayList[Character a]");
        assertThat(outcomes.get("DIRECT partOfBean").seen).isEqualTo("Item[name=String a, count=null, price=null]");
        assertThat(outcomes.get("GENERIC partOfBean").seen).isEqualTo("Item[name=String a, count=Integer 1, price=BigDecimal 1]");
        assertThat(outcomes.get("GENERIC_RAW nestedBean").seen).contains("id=Long 9007199254740993", "weight=Float 0.1",
                "floor=Byte 2");
        assertThat(same(outcomes.get("GENERIC_RAW nestedBean").answer, SampleJson.request("nestedBean"))).isTrue();
        assertThat(outcomes.get("GENERIC instant").seen).isEqualTo(consumer.get("instant").seen());
        assertThat(outcomes.get("GENERIC sortedSet").seen).isEqualTo("fails");
        assertThat(outcomes.get("GENERIC record").seen).isEqualTo("fails");
        assertThat(consumer.get("optional").seen()).isEqualTo("fails");
        assertThat(consumer.get("nestedBean").seen()).doesNotContain("weight=Float 0.1");
    }

    @Test
    void theTableOfTheManualIsWhatWasSeen() throws IOException {
        String page = Files.readString(TABLE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        String renewed = page.substring(0, begin) + table();
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(TABLE, renewed);
        } else {
            assertThat(page).isEqualTo(renewed);
        }
    }

    private static String table() {
        StringBuilder table = new StringBuilder(
                "\n| Java type | JSON | direct | generic | genericRaw | JSON over Triple |\n|---|---|---|---|---|---|\n");
        Samples.values().keySet().forEach(name -> {
            String request = SampleJson.request(name);
            String response = SampleJson.response(name);
            table.append("| `").append(title(name)).append("` | `").append(request.replace("|", "\\|")).append('`');
            if (!response.equals(request)) {
                table.append("<br>answer: `").append(response).append('`');
            }
            for (Way way : List.of(Way.DIRECT, Way.GENERIC, Way.GENERIC_RAW)) {
                String dubbo = shown(way, name);
                String triple = shown(Way.valueOf(TRI + way), name);
                table.append(" | ").append(dubbo.equals(triple) ? dubbo : dubbo + "<br>Triple: " + triple);
            }
            table.append(" | ").append(converted(name)).append(" |\n");
        });
        return table.toString();
    }

    /// What the JSON library of the provider makes of a value.
    private static String converted(String name) {
        Outcome outcome = outcomes.get(Way.TRI_JSON + " " + name);
        if (outcome.seen.equals("fails")) {
            return "fails";
        }
        String seen = outcome.seen.equals(tripleConsumer.get(name).seen())
                ? ""
                : "the provider gets `" + outcome.seen.replace("|", "\\|") + "`";
        String answer = same(outcome.answer, SampleJson.response(name))
                ? ""
                : "answer: `" + outcome.answer.replace("|", "\\|") + "`";
        return seen.isEmpty() && answer.isEmpty() ? SAME : seen + (seen.isEmpty() || answer.isEmpty() ? "" : "; ") + answer;
    }

    private static String shown(Way way, String name) {
        String difference = way.difference(name);
        return difference == null ? SAME : difference;
    }

    /// The type as written in the source of the service.
    private static String title(String name) {
        return Stream.of(TypeService.class.getMethods()).filter(method -> method.getName().equals(name)).findFirst().orElseThrow()
                .getGenericParameterTypes()[0].getTypeName().replaceAll("io\\.jigress\\.dubbo\\.sample\\.", "")
                .replace("$", ".");
    }

    /// Whether two JSON texts are equal except for the order of members.
    private static boolean same(String left, String right) {
        return left.equals(right) || left.matches("[{\\[].*") && parse(left).equals(parse(right));
    }
}
