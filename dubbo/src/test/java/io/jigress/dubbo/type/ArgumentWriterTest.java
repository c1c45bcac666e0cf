package io.jigress.dubbo.type;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.api.JsonLimits;
import io.jigress.api.JsonParser;
import io.jigress.dubbo.type.ArgumentWriter.Form;
import io.jigress.dubbo.type.ArgumentWriter.Misfit;
import io.jigress.dubbo.type.ArgumentWriter.Settings;
import io.jigress.dubbo.wire.HessianLimits;
import io.jigress.dubbo.wire.HessianWriter;
import io.jigress.dubbo.wire.Written;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Cases of arguments that the table of types does not cover, without a provider.
@Timeout(60)
class ArgumentWriterTest {
    private static final long SEED = 20;
    private static final TypeCatalog CATALOG = new TypeCatalog(Map.of(
            "a.Node", new TypeCatalog.Definition(new LinkedHashMap<>(Map.of("next", JavaType.parse("a.Node"), "all",
                    JavaType.parse("java.util.List<a.Node>"), "n", JavaType.parse("int"), "color", JavaType.parse("a.Color"))),
                    List.of()),
            "a.Color", new TypeCatalog.Definition(Map.of(), List.of("RED", "GREEN"))));

    private static Json parse(String text) {
        return ((JsonParser.Value) JsonParser.parse(text.getBytes(StandardCharsets.UTF_8), JsonLimits.DEFAULT)).json();
    }

    private static Misfit write(ByteBuf out, String type, Json value, Settings settings) {
        return new ArgumentWriter(new HessianWriter(out), settings).write(new Shapes(CATALOG).of(JavaType.parse(type)), value);
    }

    private static Settings settings(Form form) {
        return new Settings(form, ZoneOffset.UTC, true);
    }

    private static String roundTrip(String type, String json, Settings settings) {
        ByteBuf out = Unpooled.buffer();
        assertThat(write(out, type, parse(json), settings)).isNull();
        String text = ResultWriter.write(Written.next(out), CATALOG, new ResultWriter.Settings(false, false, false, false),
                HessianLimits.DEFAULT, 100_000);
        assertThat(out.isReadable()).isFalse();
        return text;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "long | `\"9007199254740993\"` | 9007199254740993", "int | 1.0 | 1", "int | 1e3 | 1000",
        "java.math.BigInteger | 0 | 0", "java.math.BigInteger | -1 | -1", "java.math.BigInteger | 4294967296 | 4294967296",
        "java.math.BigInteger | 18446744073709551615 | 18446744073709551615", "java.math.BigInteger | -4294967295 | -4294967295",
        "java.math.BigDecimal | 1E+3 | 1E+3", "java.math.BigDecimal | -0.00 | 0.00", "double | -0.0 | -0.0",
        "double | `\"NaN\"` | `\"NaN\"`", "float | `\"-Infinity\"` | `\"-Infinity\"`",
        "java.lang.Object | 18446744073709551616 | 18446744073709551616", "java.lang.Object | 0.1 | 0.1",
        "java.lang.Object | 0.12345678901234567890 | 0.12345678901234567890", "java.lang.Object | 1e400 | 1E+400",
        "java.lang.Object | 9999999999999999999 | 9999999999999999999", "java.lang.Object | -2147483649 | -2147483649",
        "byte[] | [0,255,-1] | `\"AP//\"`", "byte[] | `\"_-8=\"` | `\"/+8=\"`",
        "java.util.Date | 1767355445678 | `\"2026-01-02T12:04:05.678Z\"`",
        "java.util.Date | `\"1767355445678\"` | `\"2026-01-02T12:04:05.678Z\"`",
        "java.util.Date | `\"2026-01-02\"` | `\"2026-01-02T00:00:00Z\"`",
        "java.util.Date | `\"2026-01-02 12:04:05\"` | `\"2026-01-02T12:04:05Z\"`",
        "java.util.Date | `\"2026-01-02T12:04:05.678+0200\"` | `\"2026-01-02T10:04:05.678Z\"`",
        "java.util.Date | `\"2026-01-02T12:04+02:00\"` | `\"2026-01-02T10:04:00Z\"`",
        "java.time.Instant | 1767355445678 | `\"2026-01-02T12:04:05.678Z\"`",
        "java.time.Instant | `\"2026-01-02T12:04:05+02:00\"` | `\"2026-01-02T10:04:05Z\"`",
        "java.time.LocalDateTime | `\"2026-01-02 12:04:05\"` | `\"2026-01-02T12:04:05\"`",
        "java.util.Map<java.lang.Integer,java.lang.String> | `[{\"key\":1,\"value\":\"a\"}]` | `{\"1\":\"a\"}`",
        "java.util.Map<java.util.UUID,java.lang.Long> | `{\"11111111-2222-3333-4444-555555555555\":1}` "
                + "| `{\"11111111-2222-3333-4444-555555555555\":1}`",
        "a.Node | `{\"n\":1,\"next\":{\"next\":null},\"color\":\"RED\"}` | `{\"n\":1,\"next\":{\"next\":null},\"color\":\"RED\"}`"})
    void otherFormsOfAValueAreUnderstood(String type, String json, String answer) {
        assertThat(roundTrip(type, json, settings(Form.DIRECT))).isEqualTo(answer);
    }

    @Test
    void theZoneIsForDatesThatNameNone() {
        Settings paris = new Settings(Form.DIRECT, ZoneId.of("Europe/Paris"), true);
        assertThat(roundTrip("java.util.Date", "\"2026-07-01 12:00:00\"", paris)).isEqualTo("\"2026-07-01T10:00:00Z\"");
        assertThat(roundTrip("java.sql.Date", "\"2026-01-02\"", paris)).isEqualTo("\"2026-01-01T23:00:00Z\"");
        assertThat(roundTrip("java.util.Date", "\"2026-07-01T12:00:00Z\"", paris)).isEqualTo("\"2026-07-01T12:00:00Z\"");
    }

    @Test
    void anUnknownMemberIsRefusedOrLeftOut() {
        Misfit misfit = write(Unpooled.buffer(), "java.util.List<a.Node>", parse("[{\"next\":{\"m\":1}}]"),
                settings(Form.DIRECT));
        assertThat(misfit).isEqualTo(new Misfit("[0].next.m", "a field of a.Node", "a member of another name"));
        assertThat(roundTrip("a.Node", "{\"m\":1,\"n\":2}", new Settings(Form.DIRECT, ZoneOffset.UTC, false)))
                .isEqualTo("{\"n\":2}");
    }

    @Test
    void anUnknownConstantIsRefusedWithTheKnownOnes() {
        assertThat(write(Unpooled.buffer(), "a.Color", parse("\"BLUE\""), settings(Form.DIRECT)))
                .isEqualTo(new Misfit("", "one of RED, GREEN", "string \"BLUE\""));
    }

    @Test
    void noMemberChoosesAClassInAGenericCall() {
        for (String type : List.of("a.Node", "b.Unknown", "java.lang.Object",
                "java.util.Map<java.lang.String,java.lang.String>")) {
            for (String json : List.of("{\"class\":\"java.lang.Runtime\"}", "{\"n\":1,\"class\":null}")) {
                Misfit misfit = write(Unpooled.buffer(), type, parse(json), new Settings(Form.GENERIC, ZoneOffset.UTC, false));
                // The class has known fields, none of this name, so the member is ignored.
                assertThat(misfit == null).as(type + json).isEqualTo(type.equals("a.Node"));
            }
        }
        assertThat(write(Unpooled.buffer(), "java.util.Map<java.lang.Object,java.lang.Object>",
                parse("[{\"key\":\"class\",\"value\":\"x\"}]"), settings(Form.GENERIC))).isNotNull();
    }

    /// Exponents for which conversions of the library take minutes, or overflow.
    @ParameterizedTest
    @ValueSource(strings = {"1e2147483647", "10e2147483646", "9999999999e2147483640", "1e-2147483647", "1e100000000",
        "1e-100000000",
        "-7e-99999999", "0e-2147483647", "0e2147483647", "1e99999999999", "1e-99999999999"})
    void anyExponentHasAVerdictAtOnce(String literal) {
        boolean zero = literal.startsWith("0");
        boolean readable = !literal.endsWith("99999999999");
        Json.Num number = new Json.Num(literal);
        for (Form form : Form.values()) {
            for (String type : List.of("int", "long", "java.math.BigInteger", "java.util.Date", "java.time.Instant",
                    "java.util.concurrent.atomic.AtomicLong")) {
                assertThat(write(Unpooled.buffer(), type, number, settings(form)) == null).as(type).isEqualTo(zero);
            }
            for (String type : List.of("java.math.BigDecimal", "java.lang.Number", "java.lang.Object")) {
                assertThat(write(Unpooled.buffer(), type, number, settings(form)) == null).as(type).isEqualTo(readable);
            }
        }
    }

    @Test
    void aLongNameIsCutInWhatIsTold() {
        Json value = Json.object().put("next", Json.object().put("x".repeat(100_000), 1).build()).build();
        assertThat(write(Unpooled.buffer(), "a.Node", value, settings(Form.DIRECT)).path())
                .isEqualTo(".next." + "x".repeat(60) + "…");
    }

    /// Any JSON as any type either does not fit, with a place, or is written so that it can be read back.
    @Test
    @Tag("suite")
    void anyJsonAsAnyTypeHasAVerdict() {
        Random random = new Random(SEED);
        List<String> types = new ArrayList<>(List.of("int[]", "java.util.List<java.util.Map<java.lang.Long,java.lang.Short>>",
                "a.Node",
                "a.Node[][]", "b.Unknown", "java.lang.Object", "java.util.Optional<java.lang.Byte>", "java.util.Set<a.Color>",
                "java.util.TreeMap<a.Node,java.lang.Float>", "byte[]", "char[]", "a.Color", "java.lang.Number"));
        List<String> names = List.of("java.time.Instant", "java.time.LocalDate", "java.time.ZonedDateTime", "java.time.Period",
                "java.util.Date",
                "java.sql.Time", "java.util.UUID", "java.util.Locale", "java.math.BigInteger", "java.math.BigDecimal", "double",
                "float",
                "boolean", "char", "java.lang.String", "java.util.Calendar", "java.util.concurrent.atomic.AtomicLong",
                "java.time.ZoneId");
        types.addAll(names);
        int written = 0;
        long end = System.nanoTime() + 5_000_000_000L;
        for (int i = 0; i < 200_000 && System.nanoTime() < end; i++) {
            String type = types.get(random.nextInt(types.size()));
            Json value = json(random, 3);
            Form form = random.nextBoolean() ? Form.DIRECT : Form.GENERIC;
            ByteBuf out = Unpooled.buffer();
            if (write(out, type, value, settings(form)) == null) {
                String text = ResultWriter.write(Written.next(out), CATALOG, new ResultWriter.Settings(true, false, false, false),
                        HessianLimits.DEFAULT, 100_000);
                assertThat(out.isReadable()).as(type + " " + value).isFalse();
                boolean json = switch (JsonParser.parse(text.getBytes(StandardCharsets.UTF_8), JsonLimits.DEFAULT)) {
                    case JsonParser.Value _ -> true;
                    // Map keys that are equal as text.
                    case JsonParser.Invalid invalid -> invalid.what().contains("twice");
                };
                assertThat(json).as(text).isTrue();
                written++;
            }
        }
        assertThat(written).isGreaterThan(100);
    }

    private static Json json(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 6 : 9)) {
            case 0 -> Json.Null.NULL;
            case 1 -> new Json.Bool(random.nextBoolean());
            case 2 ->
                new Json.Num(List.of("0", "-1", "127", "32768", "1e5", "-0.5", "1e400", "99999999999999999999", "-0", "1e-400")
                        .get(random.nextInt(10)));
            case 3 -> new Json.Num(Long.toString(random.nextLong() >> random.nextInt(64)));
            case 4, 5 -> Json.of(List
                    .of("", "x", "RED", "class", "2026-01-02", "12:00", "P1D", "+01:00", "Europe/Paris", "true", "NaN", "\ud800",
                            "2026-01-02T12:00:00Z", "AAH/", "11111111-2222-3333-4444-555555555555", "zh_CN")
                    .get(random.nextInt(16)));
            case 6, 7 -> {
                Json.Builder members = Json.object();
                for (int i = random.nextInt(3); i > 0; i--) {
                    members.put(List.of("next", "all", "n", "color", "key", "value", "class", "1").get(random.nextInt(8)),
                            json(random, depth - 1));
                }
                yield members.build();
            }
            default -> {
                List<Json> items = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    items.add(json(random, depth - 1));
                }
                yield Json.array(items);
            }
        };
    }
}
