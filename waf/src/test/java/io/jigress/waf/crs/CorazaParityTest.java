package io.jigress.waf.crs;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.waf.RuleSet;
import io.jigress.waf.TestData;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The requests of the regression tests match the same rule ids as in Coraza.
@Tag("suite")
class CorazaParityTest {
    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void theSameRulesMatchAsInCoraza() throws IOException, InterruptedException {
        Path tests = TestData.folder("crs").resolve("tests");
        Path oracle = program();
        Assumptions.assumeTrue(Files.isExecutable(oracle),
                "skipped: " + oracle + " is missing; run waf/fetch-test-data to get it");
        RuleSet rules = CrsRules.forRegressionTests();
        List<CrsCase> cases = CrsCase.all(tests);
        Map<String, Set<Long>> theirs = coraza(oracle, rules, cases);
        Set<String> known = CrsRegressionTest.listed("coraza-differences.txt");
        Set<String> resolved = new TreeSet<>(known);
        List<String> differences = new ArrayList<>();
        long pairs = 0;
        long missing = 0;
        for (CrsCase test : cases) {
            CrsRun run = new CrsRun(rules, test);
            run.feed();
            Set<Long> onlyOurs = new TreeSet<>(run.ids());
            // Coraza reports no rule of phase 5, and has no strict multipart parser.
            onlyOurs.removeAll(Set.of(980170L, 200003L));
            Set<Long> onlyTheirs = new TreeSet<>(theirs.get(test.name()));
            pairs += known.contains(test.name()) ? 0 : onlyTheirs.size();
            onlyOurs.removeAll(theirs.get(test.name()));
            onlyTheirs.removeAll(run.ids());
            if (known.contains(test.name())) {
                resolved.removeIf(name -> name.equals(test.name()) && !onlyTheirs.isEmpty());
            } else {
                missing += onlyTheirs.size();
            }
            if (!onlyOurs.isEmpty() || !onlyTheirs.isEmpty()) {
                differences.add(test.name() + " only Jigress " + onlyOurs + " only Coraza " + onlyTheirs);
            }
        }
        Files.writeString(Path.of("target", "coraza-parity.txt"), cases.size() + " stages, " + differences.size() + " differ; "
                + pairs + " matches of Coraza, " + missing + " of them missing\n" + String.join("\n", differences) + "\n");
        assertThat(resolved).as("stages that no longer differ and must leave coraza-differences.txt").isEmpty();
        assertThat(missing).as("matches of Coraza that are missing, see target/coraza-parity.txt")
                .isLessThanOrEqualTo(pairs / 1000);
    }

    static Path program() {
        return Path.of("target", "test-data", "oracle").toAbsolutePath();
    }

    /// The rules that Coraza logs, by stage.
    static Map<String, Set<Long>> coraza(Path oracle, RuleSet rules, List<CrsCase> cases)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(oracle.toString(), CrsRules.FOR_REGRESSION_TESTS)
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        Thread writer = Thread.ofVirtual().start(() -> {
            try (Writer out = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8)) {
                for (CrsCase test : cases) {
                    out.write(JSON.writeValueAsString(new CrsRun(rules, test).exchange()));
                    out.write('\n');
                }
            } catch (IOException _) {
                // The process has ended; missing results are reported below.
            }
        });
        Map<String, Set<Long>> ids = new HashMap<>();
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                JsonNode verdict = JSON.readTree(line);
                Set<Long> found = new TreeSet<>();
                verdict.get("Ids").forEach(id -> found.add(id.asLong()));
                ids.put(verdict.get("Name").asString(), found);
            }
        }
        writer.join();
        assertThat(process.waitFor()).isZero();
        assertThat(ids).hasSize(cases.size());
        return ids;
    }
}
