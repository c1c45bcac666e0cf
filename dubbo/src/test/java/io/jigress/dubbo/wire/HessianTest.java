package io.jigress.dubbo.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.com.caucho.hessian.io.Hessian2Input;
import com.alibaba.com.caucho.hessian.io.Hessian2Output;
import io.jigress.dubbo.wire.HessianValue.Bean;
import io.jigress.dubbo.wire.HessianValue.Int;
import io.jigress.dubbo.wire.HessianValue.Mapping;
import io.jigress.dubbo.wire.HessianValue.Sequence;
import io.jigress.dubbo.wire.HessianValue.Text;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Our reader and writer compared with those of Dubbo.
@SuppressWarnings("JavaUtilDate")
class HessianTest {
    private static final long SEED = 20;

    private static byte[] theirs(Object value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Hessian2Output out = new Hessian2Output(bytes);
        try {
            out.writeObject(value);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] ours(Consumer<HessianWriter> writes) {
        ByteBuf out = Unpooled.buffer();
        writes.accept(new HessianWriter(out));
        return ByteBufUtil.getBytes(out);
    }

    private static HessianValue read(byte[] bytes) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        try {
            HessianValue value = new HessianReader(in, HessianLimits.DEFAULT).read();
            assertThat(in.isReadable()).as("bytes left behind").isFalse();
            return value;
        } catch (MalformedHessian e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void integersHaveTheSameBytes() {
        Random random = new Random(SEED);
        for (int i = 0; i < 100_000; i++) {
            int value = (i < 2_000 ? i - 1_000 : random.nextInt()) >> random.nextInt(32);
            assertThat(ours(out -> out.integer(value))).isEqualTo(theirs(value));
            assertThat(read(theirs(value))).isEqualTo(new Int(value));
            long large = random.nextLong() >> random.nextInt(64);
            assertThat(ours(out -> out.longInteger(large))).isEqualTo(theirs(large));
            assertThat(read(theirs(large))).isEqualTo(new HessianValue.Long64(large));
        }
    }

    @Test
    void doublesAndDatesAreReadAlike() throws IOException {
        Random random = new Random(SEED);
        List<Double> values = new ArrayList<>(List.of(0.0, -0.0, 1.0, 0.1, 0.001, 12.34, 127.0, 128.0, -128.0, 32_768.0,
                Double.NaN, Double.POSITIVE_INFINITY, Double.MIN_VALUE, Double.MAX_VALUE, 3e9));
        for (int i = 0; i < 20_000; i++) {
            values.add(i % 2 == 0 ? Double.longBitsToDouble(random.nextLong()) : random.nextInt(100_000_000) / 1000.0);
        }
        for (double value : values) {
            byte[] ours = ours(out -> out.real(value));
            assertThat(new Hessian2Input(new ByteArrayInputStream(ours)).readDouble()).isEqualTo(Double.valueOf(value));
            // Dubbo's short form of milliseconds loses the sign of zero; nothing else.
            assertThat(read(theirs(value))).isEqualTo(new HessianValue.Real(value == 0 ? 0.0 : value));
            assertThat(read(ours)).isEqualTo(new HessianValue.Real(value));
        }
        for (long millis : new long[] {0, 60_000, 60_001, -60_000, -1, Long.MAX_VALUE, 1_764_124_800_000L, 1L << 60}) {
            assertThat(ours(out -> out.date(millis))).isEqualTo(theirs(new Date(millis)));
            assertThat(read(theirs(new Date(millis)))).isEqualTo(new HessianValue.Date(millis));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 31, 32, 1023, 1024, 32_767, 32_768, 32_769, 70_000, 200_000})
    void textsAndBytesHaveTheSameBytes(int length) {
        Random random = new Random(SEED + length);
        String plain = "x".repeat(length);
        StringBuilder mixed = new StringBuilder();
        while (mixed.length() < length) {
            mixed.append(switch (random.nextInt(4)) {
                case 0 -> "a";
                case 1 -> "é";
                case 2 -> "中";
                default -> mixed.length() + 2 <= length ? "😀" : "b";
            });
        }
        for (String text : List.of(plain, mixed.toString())) {
            assertThat(ours(out -> out.text(text))).isEqualTo(theirs(text));
            assertThat(read(theirs(text))).isEqualTo(new Text(text));
        }
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        assertThat(((HessianValue.Binary) read(theirs(bytes))).value()).isEqualTo(bytes);
        assertThat(((HessianValue.Binary) read(ours(out -> out.bytes(bytes)))).value()).isEqualTo(bytes);
    }

    @Test
    void containersHaveTheSameBytes() {
        for (int size : new int[] {0, 1, 7, 8, 300}) {
            List<Integer> list = new ArrayList<>();
            Map<String, Object> map = new HashMap<>();
            for (int i = 0; i < size; i++) {
                list.add(i);
                map.put("k" + i, i);
            }
            assertThat(ours(out -> {
                out.list(null, list.size());
                list.forEach(out::integer);
            })).isEqualTo(theirs(list));
            assertThat(ours(out -> {
                out.map(null);
                map.forEach((key, value) -> {
                    out.text(key);
                    out.integer((Integer) value);
                });
                out.endOfMap();
            })).isEqualTo(theirs(map));
            assertThat(((Sequence) read(theirs(list))).items()).hasSize(size);
            assertThat(((Mapping) read(theirs(map))).keys()).hasSize(size);
        }
        int[][] arrays = {{1, 2}, {3}};
        assertThat(ours(out -> {
            out.list("[[int", 2);
            out.list("[int", 2);
            out.integer(1);
            out.integer(2);
            out.list("[int", 1);
            out.integer(3);
        })).isEqualTo(theirs(arrays));
        assertThat(ours(out -> {
            out.list(null, 2);
            out.object("java.math.BigDecimal", List.of("value"));
            out.text("1.50");
            out.object("java.math.BigDecimal", List.of("value"));
            out.text("2");
        })).isEqualTo(theirs(new ArrayList<>(List.of(new BigDecimal("1.50"), new BigDecimal("2")))));
    }

    @Test
    void typesAndSharedValuesAreNumbered() {
        TreeMap<String, Integer> shared = new TreeMap<>(Map.of("a", 1));
        List<Object> list = new ArrayList<>(List.of(shared, shared, new TreeMap<>(shared), new LinkedHashMap<>(shared)));
        List<HessianValue> items = ((Sequence) read(theirs(list))).items();
        assertThat(items.get(1)).isSameAs(items.get(0));
        assertThat(items.get(2)).isNotSameAs(items.get(0)).isEqualTo(items.get(0));
        assertThat(items).extracting(item -> ((Mapping) item).type()).containsExactly("java.util.TreeMap",
                "java.util.TreeMap", "java.util.TreeMap", "java.util.LinkedHashMap");
    }

    @Test
    void anObjectIsItsFields() {
        Bean bean = (Bean) read(theirs(new Thread.State[] {Thread.State.NEW}[0]));
        assertThat(bean.definition().type()).isEqualTo("java.lang.Thread$State");
        assertThat(bean.get("name")).isEqualTo(new Text("NEW"));
        assertThat(bean.get("none")).isNull();
        IllegalStateException cause = new IllegalStateException("inner");
        Bean thrown = (Bean) read(theirs(new IllegalArgumentException("outer", cause)));
        assertThat(thrown.get("detailMessage")).isEqualTo(new Text("outer"));
        assertThat(((Bean) thrown.get("cause")).get("detailMessage")).isEqualTo(new Text("inner"));
    }
}
