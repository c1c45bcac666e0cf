package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// h2spec in the clear and over TLS. Its cases follow RFC 7540; those for which RFC 9113 requires another result are listed in `h2spec-differences.txt`, and
/// the list is exact. `conformance/h2spec/build` builds the tool; without it the test is skipped.
class H2specTest {
    private static final Path TOOL = Path.of(System.getProperty("user.home"), ".cache", "jigress-test", "h2spec", "h2spec");
    private static final Pattern CASE = Pattern.compile(
            "<testcase package=\"([^\"]*)\" classname=\"([^\"]*)\"[^>]*>(.*?)</testcase>",
            Pattern.DOTALL);

    private static final int CASES = 145;
    /// The prefix of a difference that applies in the clear only.
    private static final String CLEAR = "clear: ";

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void allCasesPassInTheClearButThoseInWhichRfc9113Differs() throws IOException, InterruptedException {
        try (TestUpstream upstream = TestUpstream.named("x".repeat(2000));
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).start()) {
            check(gateway.port(), true);
        }
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void likewiseOverTls() throws IOException, InterruptedException {
        try (TlsGateway gateway = new TlsGateway(ProxySettings.DEFAULT, TestUpstream.named("x".repeat(2000))).with("*")) {
            assertThat(gateway.apply().faults()).isEmpty();
            check(gateway.port(), false, "-t", "-k");
        }
    }

    private static void check(int port, boolean clear, String... options) throws IOException, InterruptedException {
        Assumptions.assumeTrue(Files.isExecutable(TOOL), "skipped: " + TOOL + " is missing; conformance/h2spec/build makes it");
        Path report = Files.createTempFile("h2spec", ".xml");
        try {
            List<String> command = new ArrayList<>(
                    List.of(TOOL.toString(), "-h", "127.0.0.1", "-p", String.valueOf(port), "-o", "2",
                            "-j", report.toString()));
            command.addAll(List.of(options));
            new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
                    .waitFor();
            SortedSet<String> failed = new TreeSet<>();
            int cases = 0;
            Matcher found = CASE.matcher(Files.readString(report));
            while (found.find()) {
                cases++;
                if (!found.group(3).isBlank()) {
                    failed.add(found.group(1) + " " + found.group(2));
                }
            }
            assertThat(cases).as("cases that ran").isEqualTo(CASES);
            assertThat(failed).containsExactlyElementsOf(differences(clear));
        } finally {
            Files.delete(report);
        }
    }

    private static List<String> differences(boolean clear) throws IOException {
        try (InputStream in = H2specTest.class.getResourceAsStream("/h2spec-differences.txt")) {
            if (in == null) {
                throw new AssertionError("no list of differences");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#") && (clear || !line.startsWith(CLEAR)))
                    .map(line -> line.startsWith(CLEAR) ? line.substring(CLEAR.length()) : line)
                    .sorted().collect(Collectors.toList());
        }
    }
}
