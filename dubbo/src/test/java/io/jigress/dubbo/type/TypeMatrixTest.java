package io.jigress.dubbo.type;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.dubbo.json.JsonLimits;
import io.jigress.dubbo.json.JsonParser;
import io.jigress.dubbo.sample.DubboProcess;
import io.jigress.dubbo.sample.Samples;
import io.jigress.dubbo.sample.TypeService;
import io.jigress.dubbo.type.ArgumentWriter.Form;
import io.jigress.dubbo.wire.DubboClient;
import io.jigress.dubbo.wire.HessianLimits;
import io.jigress.dubbo.wire.HessianValue;
import io.jigress.dubbo.wire.InvocationWriter;
import io.jigress.dubbo.wire.Reply;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/// Every type, from JSON to a real provider and back, compared with a real Java consumer. Writes the table of docs/dubbo-types.md when it
/// is run with `-Dgolden.update=true`.
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

    /// The JSON of each value of [Samples]; where the response differs, it follows after ` ⇒ `.
    private static final Map<String, String> JSON = json();

    /// How a provider is called: the columns of the table.
    private enum Way {
        DIRECT("direct"), GENERIC("generic"), GENERIC_RAW("genericRaw");

        private final String word;

        Way(String word) {
            this.word = word;
        }

        private Form form() {
            return this == DIRECT ? Form.DIRECT : Form.GENERIC;
        }
    }

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
    private static final Map<String, Outcome> outcomes = new HashMap<>();

    private static Map<String, String> json() {
        Map<String, String> json = new HashMap<>();
        for (String line : """
                primitiveBoolean true
                boxedBoolean false
                primitiveByte -128
                boxedByte 127
                primitiveShort -32768
                boxedShort 7
                primitiveInt -2147483648
                boxedInt 2147483647
                primitiveLong -9223372036854775808
                boxedLong 9007199254740993
                smallLong 5
                primitiveFloat 0.1
                boxedFloat 3.4028235e38 ⇒ 3.4028235E38
                primitiveDouble 0.1
                boxedDouble -1.5e300 ⇒ -1.5E300
                primitiveChar "x"
                boxedChar "中"
                text "a \\"quoted\\" text,\\n中 and 😀"
                bigDecimal 12345678901234567890.1200
                bigInteger -123456789012345678901234567890
                number 5000000000
                constant "RED"
                constantWithBody "GREEN"
                dayOfWeek "MONDAY"
                date "2026-01-02T12:04:05.678Z"
                sqlDate "2026-01-02" ⇒ "2026-01-02T00:00:00Z"
                sqlTime "12:00:00" ⇒ "1970-01-01T12:00:00Z"
                sqlTimestamp "2026-01-02 12:04:05.678" ⇒ "2026-01-02T12:04:05.678Z"
                calendar "2026-01-02T12:04:05.678Z"
                instant "2026-01-02T12:04:05.123456789Z"
                localDate "2026-01-02"
                localTime "12:04:05.678"
                localDateTime "2026-01-02T12:04:05"
                offsetDateTime "2026-01-02T12:04:05+02:00"
                offsetTime "12:04:05+02:00"
                zonedDateTime "2026-01-02T12:04:05+01:00[Europe/Paris]"
                year 2026
                yearMonth "2026-01"
                monthDay "--01-02"
                duration "PT1M30.5S"
                period "P1Y2M3D"
                zoneId "Europe/Paris"
                zoneOffset "+01:00"
                uuid "11111111-2222-3333-4444-555555555555"
                locale "zh_CN"
                currency "CHF"
                uri "https://example.com/a?b=c"
                bytes "AAH/"
                chars "ab"
                booleans [true,false]
                shorts [1,-2]
                ints [1,2,3]
                longs [1,9007199254740993]
                floats [0.1,0.25]
                doubles [1.5,0.1]
                matrix [[1,2],[],[3]]
                texts ["a",null,"b"]
                boxedLongs [1,null]
                decimals [1.50]
                constants ["RED","GREEN"]
                items [{"name":"a","count":2,"price":1.50},{"name":"b","count":3,"price":2}]
                listOfInteger [1,2]
                listOfLong [1,9007199254740993]
                listOfShort [1]
                listOfByte [1]
                listOfFloat [1.5]
                listOfDouble [1.0,0.1]
                listOfCharacter ["a"]
                listOfBigDecimal [1.50]
                listOfLocalDate ["2026-01-02"]
                listOfConstant ["RED"]
                listOfBean [{"name":"a","count":2,"price":1.50},{"name":"b","count":3,"price":2}]
                listOfList [[1],[]]
                listOfWildcard [1,5000000000,1.5]
                setOfText ["a","b"]
                sortedSet [2,1] ⇒ [1,2]
                mapToLong {"a":1}
                mapFromInteger {"1":"a"}
                mapFromLong {"1":{"name":"a","count":2,"price":1.50}}
                mapFromConstant {"RED":1}
                mapFromDate {"2026-01-02":true}
                mapFromBean [{"key":{"name":"a","count":2,"price":1.50},"value":"x"}]
                mapOfListOfMap {"a":[{"b":1}]}
                mapOfObject {"int":1,"long":5000000000,"double":1.5,"text":"a","flag":true,"list":[1],"null":null}
                object {"a":1}
                bean {"name":"a","count":2,"price":1.50}
                partOfBean {"name":"a","count":null}
                nestedBean {"id":9007199254740993,"customer":5,"shelf":3,"weight":0.1,"size":"L","color":"GREEN",\
                "placed":"2026-01-02T12:04:05","items":[{"name":"a","count":2,"price":1.50}],"stock":{"RED":4},\
                "address":{"city":"Bern","floor":2}}
                recursiveBean {"value":1,"next":{"value":2,"next":null,"children":[]},"children":[]}
                genericBean {"number":3,"content":[{"name":"a","count":2,"price":1.50}]}
                record {"x":1,"y":2}
                optional "a"
                future "a"
                nothing "a" ⇒ null
                """.split("\n")) {
            String[] parts = line.split(" ", 2);
            json.put(parts[0], parts[1]);
        }
        return json;
    }

    @BeforeAll
    static void start() {
        provider = DubboProcess.provider();
        Json published = parse(provider.await("definition"));
        JsonReader in = JsonReader.of("", published);
        definition = ServiceDefinition.read(in);
        assertThat(in.failed()).as(in.issues().toString()).isFalse();
        port = Integer.parseInt(provider.await("port"));
        definition = new ServiceDefinition(definition.name(), definition.methods(), definition.catalog().with(PAGE_OF_ITEMS));
        consumer = DubboProcess.consumerCases(port);
        try (DubboClient client = new DubboClient(port)) {
            for (String name : Samples.values().keySet()) {
                for (Way way : Way.values()) {
                    outcomes.put(way + " " + name, call(client, name, JSON.get(name).split(" ⇒ ")[0], way));
                }
            }
        }
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
            for (Way way : Way.values()) {
                tests.add(DynamicTest.dynamicTest(name + " " + way.word, () -> {
                    Outcome outcome = outcomes.get(way + " " + name);
                    String wants = JSON.get(name).replaceFirst(".* ⇒ ", "");
                    if (DIFFERENCES.containsKey(way + " " + name)) {
                        assertThat(outcome.seen.equals(consumer.get(name).seen()) && same(outcome.answer, wants))
                                .as("%s has become the same as from a consumer", outcome).isFalse();
                    } else {
                        assertThat(outcome.seen).as(outcome.answer).isEqualTo(consumer.get(name).seen());
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
        assertThat(same(outcomes.get("GENERIC_RAW nestedBean").answer, JSON.get("nestedBean"))).isTrue();
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
                "\n| Java type | JSON | direct | generic | genericRaw |\n|---|---|---|---|---|\n");
        Samples.values().keySet().forEach(name -> {
            String[] json = JSON.get(name).split(" ⇒ ");
            table.append("| `").append(title(name)).append("` | `").append(json[0].replace("|", "\\|")).append('`');
            if (json.length > 1) {
                table.append("<br>answer: `").append(json[1]).append('`');
            }
            for (Way way : Way.values()) {
                table.append(" | ").append(DIFFERENCES.getOrDefault(way + " " + name, "same"));
            }
            table.append(" |\n");
        });
        return table.toString();
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
