package io.jigress.waf.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.waf.TestData;
import io.jigress.waf.regex.CaptureMatcher;
import io.jigress.waf.regex.DfaBudget;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class OperatorDataTest {
    private static final Pattern ESCAPE = Pattern.compile("\\\\(?:x|u00)([0-9a-fA-F]{2})");

    /// An IPv6 network that contains the mapped IPv4 addresses contains them here.
    private static final Set<String> DIFFERS = Set.of("ipMatch 0000:0000:0000:0000:0000:ffff:ffff:ffff");

    /// ModSecurity's test data, as Coraza carries it. Operators that are not supported are left out.
    @Test
    void everyCaseOfModSecurityGivesItsVerdict() throws IOException {
        Path folder = TestData.folder("coraza-operators").resolve("testdata");
        List<String> faults = new ArrayList<>();
        int count = 0;
        List<Path> files;
        try (Stream<Path> listed = Files.list(folder)) {
            files = listed.filter(file -> file.toString().endsWith(".json")).sorted().toList();
        }
        for (Path file : files) {
            for (JsonNode test : new JsonMapper().readTree(file.toFile())) {
                JsonNode param = test.get("param");
                Operators operators = new Operators(name -> read(folder, name), new DfaBudget(100_000));
                OperatorResult result = operators.create(test.get("name").asString(), param == null ? "" : param.asString());
                if (!(result instanceof OperatorResult.Created created)) {
                    continue;
                }
                byte[] input = test.get("input") == null
                        ? new byte[0]
                        : test.get("input").asString().getBytes(StandardCharsets.UTF_8);
                count++;
                boolean expected = test.get("ret").asInt() == 1;
                boolean matches = matches(created.operator(), input);
                // The data writes some bytes as \x00 or \u0000 and some as themselves.
                byte[] unescaped = ESCAPE.matcher(new String(input, StandardCharsets.ISO_8859_1))
                        .replaceAll(
                                found -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(found.group(1), 16))))
                        .replace("\\0", "\0").getBytes(StandardCharsets.ISO_8859_1);
                if (matches != expected && matches(created.operator(), unescaped) != expected
                        && !DIFFERS.contains(test.get("name").asString() + " " + test.get("input").asString())) {
                    faults.add("@" + test.get("name").asString() + " " + param + " of " + test.get("input") + " is " + matches);
                }
            }
        }
        Files.writeString(Path.of("target", "operators.txt"), count + " cases\n" + String.join("\n", faults) + "\n");
        assertThat(faults).isEmpty();
    }

    private static Optional<byte[]> read(Path folder, String name) {
        try {
            return Optional.of(Files.readAllBytes(folder.resolve(name)));
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    @Test
    void phrasesAreFoundInAnyCaseAndTheFirstIsCaptured() {
        Operator pm = ((OperatorResult.Created) new Operators(_ -> Optional.empty(), new DfaBudget(1)).create("pm",
                "select |41 42|x union"))
                .operator();
        byte[] bytes = "1 UnIoN abX SELECT".getBytes(StandardCharsets.US_ASCII);
        List<String> captured = new ArrayList<>();
        assertThat(pm.matches(bytes, 0, bytes.length, (_, _, _) -> {
        })).isTrue();
        pm.capture(bytes, 0, bytes.length, new Operator.Captures() {
            @Override
            public CaptureMatcher matcher() {
                return new CaptureMatcher();
            }

            @Override
            public int last() {
                return 0;
            }

            @Override
            public void group(int index, byte[] in, int from, int to) {
                captured.add(index + new String(in, from, to - from, StandardCharsets.US_ASCII));
            }
        });
        assertThat(captured).containsExactly("0UnIoN");
    }

    @Test
    void addressesAreComparedAsNetworks() {
        Operator match = ((OperatorResult.Created) new Operators(_ -> Optional.empty(), new DfaBudget(1)).create("ipMatch",
                "10.0.0.0/9,192.0.2.1,2001:db8::/33")).operator();
        for (String inside : List.of("10.127.255.255", "192.0.2.1", "2001:db8:7fff::1", "::ffff:10.0.0.1")) {
            assertThat(matches(match, inside)).as(inside).isTrue();
        }
        for (String outside : List.of("10.128.0.0", "192.0.2.2", "2001:db8:8000::1", "x", "")) {
            assertThat(matches(match, outside)).as(outside).isFalse();
        }
    }

    private static boolean matches(Operator operator, String text) {
        return matches(operator, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static boolean matches(Operator operator, byte[] bytes) {
        return operator.matches(bytes, 0, bytes.length, (_, _, _) -> {
        });
    }
}
