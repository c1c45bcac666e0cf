package io.jigress.waf.libinjection;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.waf.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The test data of libinjection: tokens, folding, verdicts.
class LibinjectionDataTest {
    private record Case(String input, String expected) {
        static Case read(Path file) throws IOException {
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            int input = text.indexOf("--INPUT--\n");
            int expected = text.indexOf("\n--EXPECTED--", input);
            String body = expected < input + 10 ? "" : text.substring(input + 10, expected);
            return new Case(body.stripTrailing(), text.substring(expected + 13).strip());
        }
    }

    @TestFactory
    Stream<DynamicTest> everyCaseGivesWhatLibinjectionGives() throws IOException {
        Path tests = TestData.folder("libinjection").resolve("tests");
        List<Path> files;
        try (Stream<Path> listed = Files.list(tests)) {
            files = listed.sorted().toList();
        }
        return files.stream().map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> {
            Case test = Case.read(file);
            assertThat(actual(file.getFileName().toString(), bytes(test.input()))).as(test.input()).isEqualTo(test.expected());
        }));
    }

    private static String actual(String name, byte[] in) {
        if (name.contains("-sqli-")) {
            return SqliDetector.detect(in, 0, in.length).orElse("");
        }
        if (name.contains("-folding-")) {
            SqlFolder folder = new SqlFolder(new SqlScanner(in, 0, in.length, false, (char) 0));
            StringBuilder text = new StringBuilder();
            int count = folder.fold();
            for (int i = 0; i < count; i++) {
                text.append(print(folder.tokens[i])).append('\n');
            }
            return text.toString().strip();
        }
        if (name.contains("-tokens")) {
            SqlScanner scanner = new SqlScanner(in, 0, in.length, name.contains("-tokens_mysql-"), (char) 0);
            SqlToken token = new SqlToken();
            StringBuilder text = new StringBuilder();
            while (scanner.next(token)) {
                text.append(print(token)).append('\n');
            }
            return text.toString().strip();
        }
        if (name.contains("-html5-")) {
            HtmlScanner scanner = new HtmlScanner(in, 0, in.length, HtmlScanner.Context.DATA);
            StringBuilder text = new StringBuilder();
            while (scanner.next()) {
                text.append(scanner.kind).append(',').append(scanner.tokenTo - scanner.tokenFrom).append(',')
                        .append(new String(in, scanner.tokenFrom, scanner.tokenTo - scanner.tokenFrom,
                                StandardCharsets.ISO_8859_1))
                        .append('\n');
            }
            return text.toString().strip();
        }
        return XssDetector.detect(in, 0, in.length) ? "1" : "0";
    }

    private static String print(SqlToken token) {
        String value = new String(token.value, 0, token.length, StandardCharsets.ISO_8859_1);
        String quoted = (token.open == 0 ? "" : token.open) + value + (token.close == 0 ? "" : token.close);
        String text = switch (token.kind) {
            case 's' -> quoted;
            case 'v' -> "@".repeat(token.signs) + quoted;
            default -> value;
        };
        return (token.kind + " " + text).replaceAll("[\r\n]+$", "");
    }

    @Test
    void injectionsAreToldFromOtherInput() {
        assertThat(sqli("1' OR '1'='1")).isTrue();
        assertThat(sqli("-1' and 1=1 union/* foo */select load_file('/etc/passwd')--")).isTrue();
        assertThat(sqli("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36")).isFalse();
        assertThat(sqli("O'Reilly and sons")).isFalse();
    }

    @Test
    void scriptsAreToldFromOtherInput() {
        for (String script : List.of("<script>alert(1);</script>", "x\" onerror=alert(1);>",
                "<a href=\"&#x6a;avascript:alert(1)\">",
                "<svg/onload=x>", "<!--[if IE]>", "<div style=\"color:red\">", "<!DOCTYPE html>", "<!--ENTITY foo bar-->")) {
            assertThat(xss(script)).as(script).isTrue();
        }
        for (String text : List.of("<!--xml-->", "myvar=onfoobar==", "<a href=\"https://example.com/database\">", "<",
                "<div attributename=\"class\">", "a < b and c > d")) {
            assertThat(xss(text)).as(text).isFalse();
        }
    }

    private static boolean sqli(String text) {
        return SqliDetector.detect(bytes(text), 0, text.length()).isPresent();
    }

    private static boolean xss(String text) {
        return XssDetector.detect(bytes(text), 0, text.length());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
