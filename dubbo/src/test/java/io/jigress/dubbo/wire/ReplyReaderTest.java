package io.jigress.dubbo.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.com.caucho.hessian.io.Hessian2Output;
import io.jigress.dubbo.sample.Samples;
import io.jigress.dubbo.type.ResultWriter;
import io.jigress.dubbo.type.TypeCatalog;
import io.jigress.dubbo.wire.HessianValue.Int;
import io.jigress.dubbo.wire.HessianValue.Null;
import io.jigress.dubbo.wire.HessianValue.Text;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Responses of providers, valid and hostile.
@Timeout(60)
class ReplyReaderTest {
    private static final long SEED = 20;
    private static final ResultWriter.Settings PLAIN = new ResultWriter.Settings(false, false, false, false);

    private static byte[] bytes(Consumer<HessianWriter> writes) {
        ByteBuf out = Unpooled.buffer();
        writes.accept(new HessianWriter(out));
        return ByteBufUtil.getBytes(out);
    }

    private static Reply read(int status, byte[] body) {
        return ReplyReader.read(status, Unpooled.wrappedBuffer(body), HessianLimits.DEFAULT);
    }

    private static Reply read(Consumer<HessianWriter> writes) {
        return read(ReplyStatus.OK, bytes(writes));
    }

    private static String malformed(byte[] body) {
        return ((Reply.Malformed) read(ReplyStatus.OK, body)).why();
    }

    @Test
    void resultsExceptionsAndAttachmentsAreTold() {
        assertThat(read(out -> {
            out.integer(1);
            out.text("a");
        })).isEqualTo(new Reply.Result(new Text("a"), Map.of()));
        assertThat(read(out -> out.integer(2))).isEqualTo(new Reply.Result(Null.NULL, Map.of()));
        assertThat(read(out -> {
            out.integer(4);
            out.integer(7);
            out.map(null);
            out.text("dubbo");
            out.text("2.0.2");
            out.text("count");
            out.integer(3);
            out.text("list");
            out.list(null, 0);
            out.endOfMap();
        })).isEqualTo(new Reply.Result(new Int(7), Map.of("dubbo", "2.0.2", "count", "3")));
        assertThat(read(out -> {
            out.integer(3);
            out.object("com.acme.Failed", List.of("detailMessage"));
            out.text("why");
            out.map(null);
            out.endOfMap();
        })).isInstanceOf(Reply.Thrown.class);
        assertThat(read(ReplyStatus.SERVICE_NOT_FOUND, bytes(out -> out.text("no"))))
                .isEqualTo(new Reply.Refused(ReplyStatus.SERVICE_NOT_FOUND, "no"));
    }

    static List<byte[]> hostile() {
        return List.of(
                bytes(out -> out.integer(9)), // an unknown kind
                bytes(out -> out.text("x")), // no kind
                new byte[] {}, // nothing
                new byte[] {(byte) 0x91}, // no value
                new byte[] {(byte) 0x91, 'V', 1, 'x', 'I', 0x7f, -1, -1, -1}, // a list of 2^31 - 1 items
                new byte[] {(byte) 0x91, 0x58, 'I', -1, -1, -1, -1}, // a list of -1 items
                new byte[] {(byte) 0x91, 'S', -1, -1, 'x'}, // a text of 65535 characters
                new byte[] {(byte) 0x91, 'B', -1, -1, 'x'}, // 65535 bytes
                new byte[] {(byte) 0x91, 'C', 1, 'x', 'I', 0x7f, -1, -1, -1}, // a class of 2^31 - 1 fields
                new byte[] {(byte) 0x91, 'O', (byte) 0x91}, // an object of an undefined class
                new byte[] {(byte) 0x91, 0x51, (byte) 0x90}, // a reference to nothing
                new byte[] {(byte) 0x91, 0x51, 'I', -1, -1, -1, -1}, // a reference before everything
                new byte[] {(byte) 0x91, 'H', 1, 'a'}, // a map without an end
                new byte[] {(byte) 0x91, 'M', (byte) 0x95, 'Z'}, // an undefined type
                new byte[] {(byte) 0x91, 'M', 'N', 'Z'}, // a type that is null
                new byte[] {(byte) 0x91, 'G'}, // an unknown tag
                new byte[] {(byte) 0x91, 'Z'}, // an end of nothing
                new byte[] {(byte) 0x91, 1, (byte) 0x80}, // a character that begins with its second byte
                new byte[] {(byte) 0x91, 1, (byte) 0xf0, (byte) 0x90, (byte) 0x80, (byte) 0x80}, // one of four bytes
                new byte[] {(byte) 0x91, 'R', 0, 1, 'a', 'N'}); // a text that goes on as null
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void whatIsNotHessianIsMalformed(byte[] body) {
        assertThat(read(ReplyStatus.OK, body)).isInstanceOf(Reply.Malformed.class);
    }

    @Test
    void nestingIsBounded() {
        byte[] deep = new byte[100_000];
        java.util.Arrays.fill(deep, (byte) 0x79);
        deep[0] = (byte) 0x91;
        assertThat(malformed(deep)).isEqualTo("nested deeper than 64");
        byte[] definitions = new byte[100_000];
        for (int i = 1; i + 3 < definitions.length; i += 3) {
            definitions[i] = 'C';
            definitions[i + 1] = 0;
            definitions[i + 2] = (byte) 0x90;
        }
        definitions[0] = (byte) 0x91;
        assertThat(malformed(definitions)).isEqualTo("more than 1000 class definitions");
        byte[] types = new byte[1_000_000];
        java.util.Arrays.fill(types, (byte) 0x55);
        types[0] = (byte) 0x91;
        assertThat(malformed(types)).isEqualTo("nested deeper than 64");
    }

    @Test
    void valuesAreCounted() {
        ByteBuf many = Unpooled.buffer();
        HessianWriter out = new HessianWriter(many);
        out.integer(1);
        out.list(null, 2_000);
        for (int i = 0; i < 2_000; i++) {
            out.nothing();
        }
        assertThat(ReplyReader.read(ReplyStatus.OK, many, new HessianLimits(64, 1_000, 10)))
                .isEqualTo(new Reply.Malformed("more than 1000 values"));
    }

    /// 30 lists, each of which contains the previous one twice, and a list that contains itself.
    @Test
    void referencesThatMultiplyAreRefusedWhereTheyAreFollowed() throws IOException {
        List<Object> bomb = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            bomb = new ArrayList<>(List.of(bomb, bomb));
        }
        List<Object> circle = new ArrayList<>();
        circle.add(circle);
        for (Object value : List.of(bomb, circle)) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.write(0x91);
            Hessian2Output out = new Hessian2Output(bytes);
            out.writeObject(value);
            out.flush();
            Reply.Result result = (Reply.Result) read(ReplyStatus.OK, bytes.toByteArray());
            assertThat(ResultWriter.write(result.value(), TypeCatalog.EMPTY, PLAIN, HessianLimits.DEFAULT, 1 << 20)).isNull();
        }
    }

    @Test
    void noClassIsMadeBecauseAPeerNamesIt() {
        Reply.Result result = (Reply.Result) read(out -> {
            out.integer(1);
            out.object("javax.script.ScriptEngineManager", List.of("loader"));
            out.map("com.sun.rowset.JdbcRowSetImpl");
            out.text("dataSourceName");
            out.text("ldap://127.0.0.1/x");
            out.endOfMap();
        });
        assertThat(ResultWriter.write(result.value(), TypeCatalog.EMPTY, PLAIN, HessianLimits.DEFAULT, 1_000))
                .isEqualTo("{\"loader\":{\"dataSourceName\":\"ldap://127.0.0.1/x\"}}");
    }

    @Test
    void aValueThatItsTypeDoesNotHaveIsShownByItsFields() {
        String java8 = "com.alibaba.com.caucho.hessian.io.java8.";
        assertThat(json(out -> {
            out.object(java8 + "DurationHandle", List.of("seconds", "nanos"));
            out.longInteger(Long.MAX_VALUE);
            out.integer(Integer.MAX_VALUE);
        })).isEqualTo("{\"seconds\":9223372036854775807,\"nanos\":2147483647}");
        assertThat(json(out -> {
            out.object(java8 + "InstantHandle", List.of("seconds", "nanos"));
            out.longInteger(Long.MAX_VALUE);
            out.integer(Integer.MAX_VALUE);
        })).startsWith("{\"seconds\"");
        assertThat(json(out -> {
            out.object(java8 + "LocalDateHandle", List.of("day", "month", "year"));
            out.integer(31);
            out.integer(2);
            out.text("x");
        })).isEqualTo("{\"day\":31,\"month\":2,\"year\":\"x\"}");
        assertThat(json(out -> {
            out.object(java8 + "ZoneOffsetHandle", List.of("seconds"));
            out.integer(Integer.MAX_VALUE);
        })).isEqualTo("{\"seconds\":2147483647}");
        assertThat(json(out -> {
            out.object("java.math.BigDecimal", List.of("value"));
            out.text("1}, \"admin\": {");
        })).isEqualTo("\"1}, \\\"admin\\\": {\"");
    }

    @Test
    void aFieldThatASuperclassHasTooIsShownOnce() {
        assertThat(json(out -> {
            out.object("a.B", List.of("id", "name", "id"));
            out.integer(1);
            out.text("x");
            out.integer(2);
        })).isEqualTo("{\"id\":1,\"name\":\"x\"}");
    }

    private static String json(Consumer<HessianWriter> writes) {
        Reply.Result result = (Reply.Result) read(out -> {
            out.integer(1);
            writes.accept(out);
        });
        return ResultWriter.write(result.value(), TypeCatalog.EMPTY, PLAIN, HessianLimits.DEFAULT, 1_000);
    }

    /// Bodies of real values with bytes changed, removed and added: each is accepted or refused, and accepted ones can be written again.
    @Test
    void anyBytesHaveAVerdict() throws IOException {
        Random random = new Random(SEED);
        List<byte[]> bodies = new ArrayList<>();
        for (Map.Entry<String, Object> sample : Samples.values().entrySet()) {
            if (sample.getKey().equals("optional")) {
                continue;
            }
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            Hessian2Output out = new Hessian2Output(bytes);
            out.writeInt(4);
            out.writeObject(sample.getValue());
            out.writeObject(Map.of("dubbo", "2.0.2"));
            out.flush();
            bodies.add(bytes.toByteArray());
            assertThat(read(ReplyStatus.OK, bytes.toByteArray())).as(sample.getKey()).isInstanceOf(Reply.Result.class);
        }
        long end = System.nanoTime() + 5_000_000_000L;
        int malformed = 0;
        for (int i = 0; i < 300_000 && System.nanoTime() < end; i++) {
            byte[] body = bodies.get(random.nextInt(bodies.size())).clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                body[random.nextInt(body.length)] = (byte) random.nextInt();
            }
            if (random.nextInt(4) == 0) {
                body = java.util.Arrays.copyOf(body, random.nextInt(body.length + 1));
            }
            switch (read(ReplyStatus.OK, body)) {
                case Reply.Result result ->
                    ResultWriter.write(result.value(), TypeCatalog.EMPTY, PLAIN, HessianLimits.DEFAULT, 1 << 16);
                case Reply.Thrown thrown ->
                    ResultWriter.write(thrown.exception(), TypeCatalog.EMPTY, PLAIN, HessianLimits.DEFAULT, 1 << 16);
                case Reply.Malformed _ -> malformed++;
                case Reply.Refused _,Reply.Failed _ -> throw new AssertionError("refused");
            }
        }
        assertThat(malformed).isGreaterThan(100);
    }
}
