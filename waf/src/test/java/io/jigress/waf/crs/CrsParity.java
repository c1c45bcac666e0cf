package io.jigress.waf.crs;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.waf.RuleSet;
import io.jigress.waf.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Runs the regression tests of the Core Rule Set through mod_security2, Coraza, the engine alone and the built gateway, and compares.
///
/// Not among the tests of a build: `conformance/waf/run` starts it. System properties: `jigress.parity.folder` (lists and the report),
/// `jigress.parity.work` (logs), `jigress.parity.launcher`.
class CrsParity {
    private final Path lists = Path.of(System.getProperty("jigress.parity.folder", "../conformance/waf"));
    private final Path work = Path.of(System.getProperty("jigress.parity.work", "target/parity")).toAbsolutePath();
    private final Path launcher = Path.of(System.getProperty("jigress.parity.launcher", "../jigress")).toAbsolutePath();

    @Test
    void fourEnginesLogTheSameRules() throws IOException, InterruptedException {
        Path data = TestData.folder("crs");
        List<CrsCase> cases = CrsCase.all(data.resolve("tests"));
        RuleSet rules = CrsRules.forRegressionTests();
        ParityReport report = new ParityReport(cases, engine(rules, cases), coraza(rules, cases), modSecurity(data, cases),
                gateway(data, cases), ParityLists.in(lists));
        Files.writeString(work.resolve("PARITY.md"), report.text());
        Files.writeString(work.resolve("all-differences.txt"), report.allDifferences());
        if (Boolean.getBoolean("jigress.parity.update")) {
            Files.writeString(lists.resolve("PARITY.md"), report.text());
        }
        assertThat(report.problems()).isEmpty();
    }

    private static Map<String, CrsLog> engine(RuleSet rules, List<CrsCase> cases) {
        Map<String, CrsLog> logs = new HashMap<>();
        for (CrsCase test : cases) {
            CrsRun run = new CrsRun(rules, test);
            run.feed();
            logs.put(test.name(), run.log());
        }
        return logs;
    }

    private static Map<String, CrsLog> coraza(RuleSet rules, List<CrsCase> cases) throws IOException, InterruptedException {
        Map<String, CrsLog> logs = new HashMap<>();
        for (Map.Entry<String, Set<Long>> found : CorazaParityTest.coraza(CorazaParityTest.program(), rules, cases).entrySet()) {
            StringBuilder text = new StringBuilder();
            new TreeSet<>(found.getValue()).forEach(id -> text.append("[id \"").append(id).append("\"]\n"));
            logs.put(found.getKey(), CrsLog.of(text.toString(), 0, true));
        }
        return logs;
    }

    private Map<String, CrsLog> modSecurity(Path data, List<CrsCase> cases) throws IOException, InterruptedException {
        Path folder = emptied("apache");
        try (CrsBackend backend = new CrsBackend()) {
            ModSecurity server = ModSecurity.start(folder, data.resolve("rules"), CrsRules.FOR_REGRESSION_TESTS, backend.port());
            return server.stop(CrsClient.send(cases, server.port()), cases);
        }
    }

    private Map<String, CrsLog> gateway(Path data, List<CrsCase> cases) throws IOException, InterruptedException {
        Path folder = emptied("jigress");
        try (CrsBackend backend = new CrsBackend()) {
            JigressProcess gateway = JigressProcess.start(launcher, folder, data, backend.port());
            return gateway.stop(CrsClient.send(cases, gateway.port()), cases);
        }
    }

    private Path emptied(String name) throws IOException {
        Path folder = Files.createDirectories(work.resolve(name));
        for (String old : List.of("audit.log", "waf.log", "error.log")) {
            Files.deleteIfExists(folder.resolve(old));
        }
        return folder;
    }
}
