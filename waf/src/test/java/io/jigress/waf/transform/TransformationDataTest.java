package io.jigress.waf.transform;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.waf.TestData;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TransformationDataTest {
    private static final Pattern ESCAPE = Pattern.compile("\\\\(?:x|u00)([0-9a-fA-F]{2})");

    /// Cases in which Coraza differs from ModSecurity 2: it resolves CSS escapes to code points and keeps two slashes; and a case whose data
    /// is ambiguous in its notation.
    private static final Set<String> DIFFERS = Set.of("escapeSeqDecode \\8\\9\\666\\xag\\xga\\0123", "normalizePath //",
            "normalizePathWin //",
            "cssDecode \\1A\\1 A\\1234567\\123456 7\\1x\\1 x",
            "cssDecode test\\a\\b\\f\\n\\r\\t\\v\\?\\'\\\"\\\u0000\\12\\123\\1234\\12345\\123456\\ff01\\ff5e\\\n\\\u0000  string");

    private static String unescape(String text) {
        return ESCAPE.matcher(text).replaceAll(
                found -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(found.group(1), 16))));
    }

    /// ModSecurity's test data, as Coraza carries it with its own additions.
    @Test
    void everyCaseOfModSecurityGivesItsOutput() throws IOException {
        Path folder = TestData.folder("coraza").resolve("testdata");
        List<String> faults = new ArrayList<>();
        int count = 0;
        List<Path> files;
        try (Stream<Path> listed = Files.list(folder)) {
            files = listed.sorted().toList();
        }
        for (Path file : files) {
            for (JsonNode test : new JsonMapper().readTree(file.toFile())) {
                Transformation transformation = Transformation.byName(test.get("name").asString()).orElse(null);
                if (transformation == null) {
                    // Some cases have the name of a test in Coraza.
                    continue;
                }
                count++;
                String input = test.get("input").asString();
                String expected = test.get("output").asString();
                // The data writes some bytes as \x00 or \u0000 and some as themselves.
                boolean same = false;
                for (String in : List.of(input, unescape(input))) {
                    for (Charset charset : List.of(StandardCharsets.UTF_8, StandardCharsets.ISO_8859_1)) {
                        String out = new String(transformation.apply(in.getBytes(charset)), charset);
                        String latin = new String(transformation.apply(in.getBytes(charset)), StandardCharsets.ISO_8859_1);
                        same |= out.equals(expected) || out.equals(unescape(expected)) || latin.equals(unescape(expected));
                    }
                }
                if (!same && !DIFFERS.contains(transformation.seclangName() + " " + input)) {
                    faults.add(transformation.seclangName() + " of " + test.get("input") + " is "
                            + escape(transformation.apply(input.getBytes(StandardCharsets.UTF_8))) + ", expected "
                            + test.get("output"));
                }
            }
        }
        Files.writeString(Path.of("target", "transformations.txt"), count + " cases\n" + String.join("\n", faults) + "\n");
        assertThat(faults).isEmpty();
    }

    private static String escape(byte[] bytes) {
        StringBuilder text = new StringBuilder("\"");
        for (byte c : bytes) {
            text.append(c >= 32 && c < 127 ? String.valueOf((char) c) : "\\x%02x".formatted(c & 0xff));
        }
        return text.append('"').toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '|', value = {
        "urlDecodeUni ~ a%u0041%41+b%zz ~ aAA b%zz", "htmlEntityDecode ~ &lt;&#x41;&#66&quot;&bad; ~ <AB|\"|&bad;",
        "cmdLine ~ C^md /c  dir ~ cmd/c dir", "normalizePath ~ /a/./b/../../../c// ~ /c/",
        "jsDecode ~ \\x41\\u{42}\\u0043\\104 ~ ABCD",
        "cssDecode ~ \\41 b\\ff21 c ~ AbAc", "base64Decode ~ SGVsbG8= ~ Hello", "sqlHexDecode ~ 0x414243x ~ ABCx",
        "length ~ abc ~ 3",
        "utf8toUnicode ~ abc ~ abc", "hexEncode ~ AB ~ 4142"})
    void transformationsDoWhatTheirNamesSay(String name, String input, String expected) {
        byte[] out = Transformation.byName(name).orElseThrow().apply(input.getBytes(StandardCharsets.UTF_8));
        assertThat(new String(out, StandardCharsets.UTF_8)).isEqualTo(expected.replace("|", ""));
    }
}
