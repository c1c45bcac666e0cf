package io.jigress.dubbo.type;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JavaTypeTest {
    private static final long SEED = 20;

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "int | int | I | int", "void | void | V | void", "long[][] | long[][] | [[J | [[J",
        "java.lang.String | java.lang.String | Ljava/lang/String; | java.lang.String",
        "java.lang.String[] | java.lang.String[] | [Ljava/lang/String; | [Ljava.lang.String;",
        "[Ljava.lang.String; | java.lang.String[] | [Ljava/lang/String; | [Ljava.lang.String;",
        "[[I | int[][] | [[I | [[I",
        "java.util.List<java.lang.Long> | java.util.List<java.lang.Long> | Ljava/util/List; | java.util.List",
        "java.util.Map< java.lang.String , java.util.List<int[]> >[] | java.util.Map<java.lang.String, java.util.List<int[]>>[] "
                + "| [Ljava/util/Map; | [Ljava.util.Map;",
        "java.util.List<? extends java.lang.Number> | java.util.List<java.lang.Number> | Ljava/util/List; | java.util.List",
        "java.util.List<?> | java.util.List<java.lang.Object> | Ljava/util/List; | java.util.List",
        "java.util.List<T> | java.util.List<java.lang.Object> | Ljava/util/List; | java.util.List",
        "com.acme.Order.Item | com.acme.Order$Item | Lcom/acme/Order$Item; | com.acme.Order$Item",
        "com.acme.Order$Item | com.acme.Order$Item | Lcom/acme/Order$Item; | com.acme.Order$Item",
        "com.acme.A.B.C | com.acme.A$B$C | Lcom/acme/A$B$C; | com.acme.A$B$C",
        "String | java.lang.String | Ljava/lang/String; | java.lang.String",
        "List<Long> | java.util.List<java.lang.Long> | Ljava/util/List; | java.util.List"})
    void typesAreReadAsTheyAreWritten(String text, String type, String descriptor, String className) {
        JavaType parsed = JavaType.parse(text);
        assertThat(parsed).hasToString(type);
        assertThat(parsed.descriptor()).isEqualTo(descriptor);
        assertThat(parsed.className()).isEqualTo(className);
        assertThat(JavaType.parse(parsed.toString())).isEqualTo(parsed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "in t", "java..util", ".a", "a.", "List<", "List<>", "List<Long", "List<Long>>", "a-b", "1a",
        "[", "[L", "[Lx",
        "[Q", "[V", "int[", "a/b", "List<Long>x"})
    void whatIsNoTypeIsRefused(String text) {
        assertThat(JavaType.parse(text)).isNull();
    }

    @Test
    void anyTextHasAVerdict() {
        Random random = new Random(SEED);
        String alphabet = "aB.$<>,[]?; LIJ1extends ";
        for (int i = 0; i < 100_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(16); length > 0; length--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            JavaType parsed = JavaType.parse(text.toString());
            if (parsed != null) {
                assertThat(JavaType.parse(parsed.toString())).as(text.toString()).isEqualTo(parsed);
            }
        }
        assertThat(JavaType.parse("List<".repeat(100_000))).isNull();
        assertThat(JavaType.parse("[".repeat(100_000))).isNull();
    }
}
